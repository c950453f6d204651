// Command papilio is a self-hosted MSN Messenger service, and the tools to run
// it: accounts, sessions, configuration, a demo.
//
// Each family of commands is a file. A command parses nothing and builds no
// part of the service itself: it loads the configuration, calls the package
// whose subject it is, and says how it went in words for an operator. What
// changes accounts works beside a running service and without one.
package main
