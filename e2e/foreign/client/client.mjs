// A person who uses matrix-js-sdk, the library of Element Web.
//
// In come commands, one a line: {"id": 1, "do": "join", "room": "!a:b"}. Out come their
// answers, {"id": 1, "answer": …} or {"id": 1, "error": "…"}, and events of others:
// {"event": …}, again when they have become readable.
import "./polyfill.mjs";
import { createInterface } from "node:readline";
import { createClient, ClientEvent, MatrixEventEvent, RoomEvent, RoomMemberEvent } from "matrix-js-sdk";
import { CryptoEvent, EventShieldColour, EventShieldReason, OnlySignedDevicesIsolationMode } from "matrix-js-sdk/lib/crypto-api/index.js";

let client;
const silent = { trace() {}, debug() {}, info() {}, warn: console.error, error: console.error, getChild: () => silent };
const tell = (line) => process.stdout.write(JSON.stringify(line) + "\n");

async function describe(event) {
  const shield = event.isEncrypted() ? await client.getCrypto().getEncryptionInfoForEvent(event) : null;
  return {
    room: event.getRoomId(), id: event.getId(), sender: event.getSender(), type: event.getType(), wire: event.getWireType(),
    state_key: event.getStateKey(), content: event.getContent(), redacts: event.event.redacts ?? event.getContent().redacts,
    error: event.isDecryptionFailure() ? event.decryptionFailureReason : undefined,
    shield: shield ? EventShieldColour[shield.shieldColour] : "", reason: shield?.shieldReason != null ? EventShieldReason[shield.shieldReason] : "",
  };
}

// hear tells an event of somebody else. One that cannot be read is told again when it
// can: its key may come after it, even while one looks.
async function hear(event) {
  if (event.getSender() === client.getUserId()) return;
  let read = false;
  let telling = Promise.resolve();
  const look = () => telling = telling.then(async () => {
    if (read) return;
    read = !event.isDecryptionFailure();
    tell({ event: await describe(event) });
  });
  event.on(MatrixEventEvent.Decrypted, look);
  await client.decryptEventIfNeeded(event);
  await look();
}

// until waits for something that a sync will bring, or the answer about devices after it.
const until = (is) => new Promise((resolve, reject) => {
  const look = async () => {
    try {
      if (!(await is())) return;
      for (const news of [ClientEvent.Sync, CryptoEvent.DevicesUpdated]) client.off(news, look);
      resolve();
    } catch (error) {
      reject(error);
    }
  };
  for (const news of [ClientEvent.Sync, CryptoEvent.DevicesUpdated]) client.on(news, look);
  look();
});

const known = (room) => until(() => client.getRoom(room)?.getMyMembership() === "join");
const encrypted = (room) => until(() => client.getCrypto().isEncryptionEnabledInRoom(room));
const encryption = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };

// make makes an encrypted room.
async function make(options) {
  const { room_id: room } = await client.createRoom({ ...options, initial_state: [encryption] });
  await known(room);
  await encrypted(room);
  return room;
}

const plain64 = (bytes) => Buffer.from(bytes).toString("base64").replace(/=+$/, "");
const digest = async (bytes) => plain64(await crypto.subtle.digest("SHA-256", bytes));

const commands = {
  async login({ url, user, password }) {
    const login = await createClient({ baseUrl: url, logger: silent }).loginRequest({
      type: "m.login.password", password, identifier: { type: "m.id.user", user },
    });
    client = createClient({
      baseUrl: url, userId: login.user_id, deviceId: login.device_id, accessToken: login.access_token, logger: silent,
    });
    await client.initRustCrypto({ useIndexedDB: false });
    let heard = Promise.resolve(); // in the order in which they came
    client.on(RoomEvent.Timeline, (event, _room, toStart) => { if (!toStart) heard = heard.then(() => hear(event)); });
    client.on(RoomEvent.Receipt, (event, room) => tell({ event: { room: room.roomId, type: event.getType(), content: event.getContent() } }));
    client.on(RoomMemberEvent.Typing, (_event, { roomId, userId, typing }) => {
      if (userId !== user && typing) tell({ event: { room: roomId, sender: userId, type: "m.typing", content: { user_ids: [userId] } } });
    });
    client.on(RoomMemberEvent.Membership, (event, member) => {
      if (member.userId === user && member.membership === "invite") describe(event).then((e) => tell({ event: e }));
    });
    const ready = new Promise((resolve) => client.on(ClientEvent.Sync, (state) => { if (state === "PREPARED") resolve(); }));
    await client.startClient({ initialSyncLimit: 100 });
    await ready;
  },

  // own signs this device, as somebody does who has set up a recovery key.
  async own({ user, password }) {
    await client.getCrypto().bootstrapCrossSigning({
      authUploadDeviceSigningKeys: (upload) => upload({ type: "m.login.password", password, identifier: { type: "m.id.user", user } }),
    });
  },

  // strict talks to devices that their owners have signed, and to no others.
  async strict() {
    client.getCrypto().setDeviceIsolationMode(new OnlySignedDevicesIsolationMode());
  },

  // trust is what one is shown of somebody and their devices.
  async trust({ user }) {
    const crypto = client.getCrypto();
    const devices = [...((await crypto.getUserDeviceInfo([user], true)).get(user)?.keys() ?? [])];
    return {
      owned: (await crypto.userHasCrossSigningKeys(user, true)),
      unsigned: (await Promise.all(devices.map(async (device) =>
        (await crypto.getDeviceVerificationStatus(user, device))?.signedByOwner ? [] : [device]))).flat(),
      devices: devices.length,
    };
  },

  // trusted waits until it knows that somebody has signed all of their devices.
  async trusted({ user }) {
    await until(async () => {
      const { owned, devices, unsigned } = await commands.trust({ user });
      return owned && devices > 0 && unsigned.length === 0;
    });
  },

  async dm({ user }) {
    return make({ preset: "trusted_private_chat", is_direct: true, invite: [user] });
  },

  // room is one for a team, in which some may delete what others write.
  async room({ name, moderators }) {
    const users = Object.fromEntries([[client.getUserId(), 100], ...moderators.map((user) => [user, 50])]);
    return make({ preset: "private_chat", name, invite: moderators, power_level_content_override: { users } });
  },

  async join({ room }) {
    await client.joinRoom(room);
    await known(room);
    if (client.getRoom(room).hasEncryptionStateEvent()) await encrypted(room);
  },

  async send({ room, type, content }) {
    return (await client.sendEvent(room, type, content)).event_id;
  },

  async redact({ room, event }) {
    return (await client.redactEvent(room, event)).event_id;
  },

  // seal uploads an encrypted file and gives its description for a message
  // (Client-Server API, "Extensions to m.room.message msgtypes").
  async seal({ data }) {
    const iv = crypto.getRandomValues(new Uint8Array(16)).fill(0, 8);
    const key = await crypto.subtle.generateKey({ name: "AES-CTR", length: 256 }, true, ["encrypt", "decrypt"]);
    const sealed = await crypto.subtle.encrypt({ name: "AES-CTR", counter: iv, length: 64 }, key, Buffer.from(data, "base64"));
    const { content_uri: url } = await client.uploadContent(new Blob([sealed]), { includeFilename: false });
    return { v: "v2", url, key: await crypto.subtle.exportKey("jwk", key), iv: plain64(iv), hashes: { sha256: await digest(sealed) } };
  },

  async open({ file }) {
    const where = client.mxcUrlToHttp(file.url, undefined, undefined, undefined, false, true, true);
    const answer = await fetch(where, { headers: { Authorization: "Bearer " + client.getAccessToken() } });
    if (!answer.ok) throw new Error(`${file.url}: ${answer.status}`);
    const sealed = await answer.arrayBuffer();
    if ((await digest(sealed)) !== file.hashes.sha256) throw new Error(`${file.url} has another digest`);
    const key = await crypto.subtle.importKey("jwk", file.key, "AES-CTR", false, ["decrypt"]);
    const clear = await crypto.subtle.decrypt({ name: "AES-CTR", counter: Buffer.from(file.iv, "base64"), length: 64 }, key, sealed);
    return Buffer.from(clear).toString("base64");
  },
};

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const command = JSON.parse(line);
  commands[command.do](command).then(
    (answer) => tell({ id: command.id, answer: answer ?? null }),
    (error) => tell({ id: command.id, error: String(error?.stack ?? error) }),
  );
}
process.exit(0); // the test is over
