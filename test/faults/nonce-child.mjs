/**
 * Seals until it is killed: `node nonce-child.mjs fields|segments <folder> <out>`. Before anything that it sealed could be
 * used, it writes its data key and nonce to `<out>`: 12 bytes each, the key by its id or by the hash of the key itself.
 * On stdout it says when it begins.
 */
import { createHash } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Keyring, openKeyFile, Sealer } from '@vigil/sealed-records';
import { SqlDataKeys } from '../../dist/adapters/sql/data-keys.js';

const [what, folder, out] = process.argv.slice(2);
const BATCH = 128;
const SUBJECTS = 4;
const SEGMENT_RECORDS = 5_000;
const ID_BYTES = 12;
const FIELD_HEADER_BYTES = 2;

const file = openSync(out, 'a');
const keys = await openKeyFile(join(folder, 'kek.json'), { create: 'if-missing' });
const nothing = Buffer.alloc(0);

/** As many sealed values as possible, all of few keys. */
async function sealFields() {
  const store = await SqlDataKeys.open(join(folder, 'keys.db'));
  const keyring = await Keyring.open({ keys, store, clock: { wallMs: () => Date.now() } });
  const fields = Array.from({ length: BATCH }, (_, n) => {
    const place = { purpose: 'patient', subject: `p-${n % SUBJECTS}`, table: 'patient', column: 'name', row: `${n}` };
    return { place, plaintext: 'x' };
  });
  process.stdout.write('sealing\n');
  for (;;) {
    const sealed = await keyring.sealMany(fields);
    writeSync(
      file,
      Buffer.concat(
        sealed.map((text) => {
          const bytes = Buffer.from(text.slice(4), 'base64url');
          return bytes.subarray(FIELD_HEADER_BYTES, FIELD_HEADER_BYTES + 2 * ID_BYTES);
        }),
      ),
    );
  }
}

/** Segment after segment, as the spool and the hub begin one at each start and each roll. */
async function sealSegments() {
  let keyHash = nothing;
  const watched = {
    currentKeyId: keys.currentKeyId,
    wrap: (dataKey, context) => {
      keyHash = createHash('sha256').update(dataKey).digest().subarray(0, ID_BYTES);
      return keys.wrap(dataKey, context);
    },
  };
  process.stdout.write('sealing\n');
  for (;;) {
    const sealer = await Sealer.create(watched, 'spool:1');
    for (let at = 0; at < SEGMENT_RECORDS; at += BATCH) {
      const records = Array.from({ length: BATCH }, () => sealer.seal(nothing, nothing).subarray(0, ID_BYTES));
      writeSync(file, Buffer.concat(records.flatMap((nonce) => [keyHash, nonce])));
    }
  }
}

await (what === 'fields' ? sealFields() : sealSegments());
