//go:build goolm

package cryptostore

import (
	"reflect"
	"strings"
	"testing"
)

// A trial tests some methods of every subject.
type trial struct {
	methods string // which it tests
	run     func(bench)
}

func trials() []trial {
	return []trial{
		{"Flush PutAccount GetAccount", testAccount},
		{"PutSecret GetSecret DeleteSecret", testSecrets},
		{"AddSession HasSession GetSessions GetLatestSession GetNewestSessionCreationTS UpdateSession DeleteSession", testOlm},
		{"PutOlmHash GetOlmHash DeleteOldOlmHashes", testHashes},
		{"PutGroupSession GetGroupSession GetGroupSessionsForRoom GetAllGroupSessions GetGroupSessionsWithoutKeyBackupVersion", testInbound},
		{"RedactGroupSession RedactGroupSessions RedactExpiredGroupSessions RedactOutdatedGroupSessions", testRedact},
		{"PutWithheldGroupSession GetWithheldGroupSession", testWithheld},
		{"AddOutboundGroupSession UpdateOutboundGroupSession GetOutboundGroupSession RemoveOutboundGroupSession", testOutbound},
		{"MarkOutboundGroupSessionShared IsOutboundGroupSessionShared", testShared},
		{"ValidateMessageIndex", testIndex},
		{"GetDevices GetDevice PutDevice PutDevices FindDeviceByKey", testDevices},
		{"FilterTrackedUsers MarkTrackedUsersOutdated GetOutdatedTrackedUsers", testTracked},
		{"PutCrossSigningKey GetCrossSigningKeys", testCrossSigning},
		{"PutSignature IsKeySignedBy DropSignaturesByKey GetSignaturesForKeyBy", testSignatures},
		{"SetMembership SetMember GetMember TryGetMember IsInRoom IsInvited IsMembership IsConfusableName", testMember},
		{"ClearCachedMembers ReplaceCachedMembers HasFetchedMembers MarkMembersFetched GetAllMembers GetRoomJoinedOrInvitedMembers", testMembers},
		{"SetPowerLevels GetPowerLevels SetCreate GetCreate GetJoinRules SetJoinRules", testRoom},
		{"SetEncryptionEvent GetEncryptionEvent IsEncrypted FindSharedRooms", testEncryption},
	}
}

func TestSuite(t *testing.T) {
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) {
			for _, trial := range trials() {
				t.Run(trial.methods, func(t *testing.T) {
					trial.run(bench{t, s, s.open(t)})
				})
			}
		})
	}
}

// TestSuiteIsWhole: mautrix may add methods.
func TestSuiteIsWhole(t *testing.T) {
	tested := map[string]bool{}
	for _, trial := range trials() {
		for name := range strings.FieldsSeq(trial.methods) {
			tested[name] = true
		}
	}
	all := reflect.TypeFor[memory]()
	for i := range all.NumMethod() {
		name := all.Method(i).Name
		if !tested[name] {
			t.Errorf("nothing tests %s", name)
		}
		delete(tested, name)
	}
	for name := range tested {
		t.Errorf("there is no method %s", name)
	}
}
