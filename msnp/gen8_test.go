package msnp

import (
	"math/rand/v2"
	"strings"
	"time"
)

// The random content of what came with MSNP8 and later.

const genObject = "%3Cmsnobj%20Creator%3D%22bea%40example.net%22%20Size%3D%222560%22%20Type%3D%223%22%2F%3E"

func genGUID(r *rand.Rand) GUID {
	return pick[GUID](r, "0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21", "5e1f2c0a-8b1d-4f7e-9a34-0c5d7f1a2b3c",
		"6FBB40E6-51F5-4F25-A1A7-6D0CF2F3A8D4")
}

func genStamp(r *rand.Rand) Stamp {
	return pick(r, "", "41", NewStamp(time.Unix(r.Int64N(1<<32), r.Int64N(1e9))))
}

func genListVersion(r *rand.Rand, v Version) uint32 {
	if !v.Has(FeatureListVersion) {
		return 0
	}
	return r.Uint32()
}

// genGroupID makes what names a group.
func genGroupID(r *rand.Rand, v Version) (int, GUID) {
	if v.Has(FeatureGUIDs) {
		return 0, genGUID(r)
	}
	return r.IntN(MaxGroups), ""
}

func genSync(r *rand.Rand, v Version) Sync {
	if v.Has(FeatureStamps) {
		return Sync{TrID: genTrID(r), Lists: genStamp(r), Settings: genStamp(r)}
	}
	return Sync{TrID: genTrID(r), Version: r.Uint32()}
}

func genSyncReply(r *rand.Rand, v Version) SyncReply {
	at := genSync(r, v)
	m := SyncReply{TrID: at.TrID, Version: at.Version, Lists: at.Lists, Settings: at.Settings}
	if v.Has(FeatureSyncCounts) && r.IntN(3) > 0 {
		m.Full, m.Contacts, m.Groups = true, r.IntN(600), r.IntN(MaxGroups)
	}
	return m
}

func genGroupItem(r *rand.Rand, v Version) GroupItem {
	m := GroupItem{Name: genShortName(r), Sync: v.Has(FeatureGUIDs) || v.Has(FeatureSyncCounts) && r.IntN(2) == 0}
	m.ID, m.GUID = genGroupID(r, v)
	if !m.Sync {
		m.TrID, m.Version, m.Index, m.Total = genTrID(r), r.Uint32(), 1, 2
	}
	return m
}

func genContactItem(r *rand.Rand, v Version) ContactItem {
	m := ContactItem{Handle: genHandle(r), Name: genName(r), Lists: ListMask(r.IntN(32)).shownTo(v)}
	if v.Has(FeatureListNetwork) {
		m.Network = pick(r, NetworkMessenger, NetworkPhone)
	}
	if !m.Lists.Has(MaskForward) {
		return m
	}
	if !v.Has(FeatureGUIDs) {
		m.Groups = pick(r, []int{0}, []int{0, 3, 29})
		return m
	}
	m.ID = genGUID(r)
	for range r.IntN(3) {
		m.GroupIDs = append(m.GroupIDs, genGUID(r))
	}
	return m
}

func genAdd(r *rand.Rand, v Version) Add {
	m := Add{TrID: genTrID(r), List: genEditable(r, v, ReverseList), Handle: genHandle(r), Name: genName(r), Group: NoGroup}
	switch {
	case !v.Has(FeatureGUIDs):
		m.Group = genGroup(r, v, m.List)
	case m.List == ForwardList && r.IntN(2) == 0:
		m.Handle, m.Name, m.Contact, m.GroupID = "", "", genGUID(r), genGUID(r)
	case r.IntN(2) == 0:
		m.Name = ""
	}
	return m
}

func genAdded(r *rand.Rand, v Version) Added {
	m := Added{TrID: genTrID(r), List: genList(r, v), Version: genListVersion(r, v), Handle: genHandle(r), Name: genName(r)}
	m.Group = genGroup(r, v, m.List)
	switch {
	case !v.Has(FeatureGUIDs):
	case m.List != ForwardList:
		m.Name = pick(r, "", m.Name)
	case r.IntN(2) == 0:
		m.Contact = genGUID(r)
	default:
		m.Handle, m.Name, m.Contact, m.GroupID = "", "", genGUID(r), genGUID(r)
	}
	return m
}

func genRemove(r *rand.Rand, v Version) Remove {
	m := Remove{TrID: genTrID(r), List: genEditable(r, v, PendingList), Group: NoGroup}
	if m.List == ForwardList && v.Has(FeatureGUIDs) {
		m.Contact, m.GroupID = genGUID(r), pick(r, "", genGUID(r))
		return m
	}
	m.Handle, m.Group = pick(r, genHandle(r), "nobody"), genGroup(r, v, m.List)
	return m
}

func genRemoved(r *rand.Rand, v Version) Removed {
	m := Removed{TrID: genTrID(r), List: genList(r, v), Version: genListVersion(r, v), Group: NoGroup}
	if m.List == ForwardList && v.Has(FeatureGUIDs) {
		m.Contact, m.GroupID = genGUID(r), pick(r, "", genGUID(r))
		return m
	}
	m.Handle, m.Group = genHandle(r), genGroup(r, v, m.List)
	return m
}

func genContactChange(r *rand.Rand, _ Version) ContactChange {
	m := ContactChange{TrID: genTrID(r), Contact: genGUID(r), Key: pick(r, KeyName, KeyMobilePhone, "XYZ"), Value: genShortName(r)}
	switch r.IntN(3) {
	case 0:
		m.Value = ""
	case 1:
		m.More = "1"
	}
	return m
}

func genCapabilities(r *rand.Rand, v Version, f Feature) Capabilities {
	if !v.Has(f) {
		return 0
	}
	return pick(r, 0, 1342177316, Capabilities(r.Uint32()), 1<<32-1)
}

// genText makes text for XML.
func genText(r *rand.Rand) string {
	return pick(r, "", "gone fishing", "<b>&amp; \"it's\" ]]></PSM>", "☃\t\r\n\r ", strings.Repeat("'", 100), "%41 \\0")
}

func genPersonal(r *rand.Rand) Personal {
	return Personal{Message: genText(r), Media: pick(r, genText(r), genMedia(r).String())}
}

func genMedia(r *rand.Rand) Media {
	m := Media{Application: pick(r, "", "Winamp"), Kind: "Music", Playing: r.IntN(2) == 0, Format: "{0} - {1}", Args: []string{}}
	for range r.IntN(4) {
		m.Args = append(m.Args, pick(r, "", "Blue Train", "J. Coltrane", `\`, "0"))
	}
	return m
}

func genChangePersonal(r *rand.Rand, _ Version) ChangePersonal {
	m := ChangePersonal{TrID: genTrID(r), Personal: genPersonal(r)}
	if m.KeepMessage = r.IntN(3) == 0; m.KeepMessage {
		m.Message = ""
	}
	if m.KeepMedia = r.IntN(3) == 0; m.KeepMedia {
		m.Media = ""
	}
	return m
}

func genPage(r *rand.Rand, v Version) Page {
	m := Page{TrID: genTrID(r), Handle: genHandle(r), Payload: genPayload(r)}
	if v.Has(FeaturePageDevice) {
		m.Device = pick(r, DevicePhone, DeviceWatch)
	}
	return m
}
