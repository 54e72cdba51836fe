import { chmodSync, existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChainState } from './chain-state.js';
import { parseCheckpoint, readCheckpoint } from './checkpoint.js';
import { EMPTY_HEAD } from './hash.js';
import { noteKeyLine, openNote, parseNoteKey, parseNoteKeys } from './signed-note.js';
import { openSigningKeyFile, type Signer } from './signing-key.js';

/** Key and note of the tests of golang.org/x/mod/sumdb/note, whose format this is. */
const GO_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const GO_NOTE =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n" +
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

const keyFile = (): string => join(mkdtempSync(join(tmpdir(), 'vigil-key-')), 'audit', 'signing-key.json');
const body = (size: number, timeMs = 1000): Parameters<Signer['sign']>[0] => {
  const state = ChainState.empty();
  for (let seq = 1; seq <= size; seq += 1) state.append(Buffer.from(`entry ${seq}`));
  return { size, root: state.frontier.root(), head: state.chainHead, timeMs };
};

describe('signed notes', () => {
  test('a note and a key of the Go tests are read as Go reads them', () => {
    const key = parseNoteKey(GO_KEY)!;
    expect(openNote(GO_NOTE, [key])).toMatchObject({ ok: true, text: expect.stringMatching(/^If you.*problem is\.\n$/s) });
    expect(openNote(GO_NOTE.replace('cryptography', 'cryptographY'), [key])).toEqual({ ok: false, fault: 'signature-wrong' });
    expect(openNote(GO_NOTE, [])).toEqual({ ok: false, fault: 'key-unknown' });
  });

  test.each(['', GO_KEY.replace('c74f20a3', 'c74f20a4'), GO_KEY.replace('+AR', '+AQ'), GO_KEY.slice(0, -2), `a b${GO_KEY}`])(
    'a line that is not a key, or whose hash is not the key’s, is no key: %j',
    (line) => expect(parseNoteKey(line)).toBeNull(),
  );

  test('a line of a key is made as it is read, and a file of keys may have comments', () => {
    const raw = Buffer.alloc(32, 7);
    const line = noteKeyLine('log', raw);
    expect(parseNoteKeys(`# ours\n\n${line}\nnot a key\n${GO_KEY}\n`).map((key) => key.line)).toEqual([line, GO_KEY]);
  });

  test.each([
    'no signature\n',
    'text\n\nnot a signature\n',
    `text\n\n— name AAAA\n`,
    `${'x'.repeat(5000)}\n\n${GO_NOTE}`,
    '\n\n',
  ])('text that is not a note is refused: %#', (note) => expect(openNote(note, [])).toEqual({ ok: false, fault: 'malformed' }));
});

describe('checkpoints', () => {
  test('what was signed is read back, and names its key', () => {
    const signer = openSigningKeyFile(keyFile(), { create: true });
    const opened = readCheckpoint(signer.sign(body(5, 1234)), signer.publicKeys);
    expect(opened).toMatchObject({ ok: true, checkpoint: { origin: signer.origin, nextKey: null, ...body(5, 1234) } });
    expect(opened.ok && opened.signedBy.line).toBe(signer.publicKeys[0]!.line);
  });

  test('the empty log has a checkpoint too', () => {
    const signer = openSigningKeyFile(keyFile(), { create: true });
    const opened = readCheckpoint(signer.sign(body(0)), signer.publicKeys);
    expect(opened.ok && opened.checkpoint.size).toBe(0);
    expect(opened.ok && opened.checkpoint.head.equals(EMPTY_HEAD)).toBe(true);
  });

  test('a note with one sign changed, or of another log, counts for nothing', () => {
    const signer = openSigningKeyFile(keyFile(), { create: true });
    const other = openSigningKeyFile(keyFile(), { create: true });
    const note = signer.sign(body(5));
    expect(readCheckpoint(note.replace('\n5\n', '\n6\n'), signer.publicKeys)).toEqual({ ok: false, fault: 'signature-wrong' });
    expect(readCheckpoint(note, other.publicKeys)).toEqual({ ok: false, fault: 'key-unknown' });
  });

  test.each([
    ['without a size', 'log\n\nAAAA\n'],
    [
      'with a size that is not a whole number',
      `log\n05\n${EMPTY_HEAD.toString('base64')}\nchain ${EMPTY_HEAD.toString('base64')}\ntime 1\n`,
    ],
    ['without the chain', `log\n5\n${EMPTY_HEAD.toString('base64')}\ntime 1\n`],
    [
      'with a next key that is none',
      `log\n5\n${EMPTY_HEAD.toString('base64')}\nchain ${EMPTY_HEAD.toString('base64')}\ntime 1\nnext-key x\n`,
    ],
  ])('text %s is no checkpoint', (_, text) => expect(parseCheckpoint(text)).toBeNull());
});

describe('the file of the signing key', () => {
  test('is made once, for its owner alone, with its public key beside it', () => {
    const path = keyFile();
    const signer = openSigningKeyFile(path, { create: true });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(openSigningKeyFile(path).origin).toBe(signer.origin);
    const published = parseNoteKeys(readFileSync(join(path, '..', 'public-keys.txt'), 'utf8'));
    expect(readCheckpoint(signer.sign(body(3)), published).ok).toBe(true);
  });

  test('fails closed when it is missing, open to others or damaged, and says what to do', () => {
    const path = keyFile();
    expect(() => openSigningKeyFile(path)).toThrow(/missing; restore/);
    expect(existsSync(path)).toBe(false);
    openSigningKeyFile(path, { create: true });
    chmodSync(path, 0o644);
    expect(() => openSigningKeyFile(path)).toThrow(/chmod 600/);
    for (const text of ['{', '{}', '{"format":1,"origin":"x","current":{},"next":null,"retired":[]}']) {
      writeFileSync(path, text);
      chmodSync(path, 0o600);
      expect(() => openSigningKeyFile(path, { create: true })).toThrow(/restore/);
    }
  });

  test('a new key is announced in a checkpoint that both keys sign; afterwards the old one signs no more', () => {
    const path = keyFile();
    const signer = openSigningKeyFile(path, { create: true });
    const old = signer.publicKeys;
    signer.rotate();
    const announcement = openSigningKeyFile(path).sign(body(4));
    const opened = readCheckpoint(announcement, old);
    const nextKey = opened.ok ? opened.checkpoint.nextKey : null;
    expect(nextKey).not.toBeNull();
    expect(readCheckpoint(announcement, [nextKey!]).ok).toBe(true);
    signer.announced(announcement);
    expect(openSigningKeyFile(path).announcement).toBe(announcement);
    expect(signer.isRotating).toBe(false);
    const after = openSigningKeyFile(path).sign(body(5));
    expect(readCheckpoint(after, old)).toEqual({ ok: false, fault: 'key-unknown' });
    expect(readCheckpoint(after, [nextKey!]).ok).toBe(true);
    const kept = JSON.parse(readFileSync(path, 'utf8')) as { current: { publicKey: string } };
    expect(kept.current.publicKey).toBe(nextKey!.line);
    expect(readFileSync(path, 'utf8').match(/privateKey/g)).toHaveLength(1);
  });
});

describe('the state of the chain', () => {
  test('stored and read again it goes on with the same number, link and root', () => {
    const state = ChainState.empty();
    state.append(Buffer.from('a'));
    const again = ChainState.restore(state.serialise());
    expect(again.nextSeq).toBe(2);
    expect(again.append(Buffer.from('b'))).toEqual(state.append(Buffer.from('b')));
    expect(again.frontier.root()).toEqual(state.frontier.root());
  });

  test('the same entries in another order, or one entry twice, are another chain', () => {
    const headOf = (...entries: string[]): string => {
      const state = ChainState.empty();
      for (const entry of entries) state.append(Buffer.from(entry));
      return state.chainHead.toString('hex');
    };
    expect(new Set([headOf('a', 'b'), headOf('b', 'a'), headOf('a', 'a'), headOf('a'), headOf('ab'), headOf()]).size).toBe(6);
  });

  test.each(['', 'x', `${EMPTY_HEAD.toString('base64')}`, `AAAA 0`])('text that is not a state is refused: %j', (text) => {
    expect(() => ChainState.restore(text)).toThrow(/not the/);
  });
});
