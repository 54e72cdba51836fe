import { answerOf, readMessage, unaddressed } from './read-message.js';

const settings = { mrnAuthority: 'HOSP', timeZone: 'UTC', processingIds: ['P'], encoding: 'utf-8' as const };
const HEADER = 'MSH|^~\\&|HIS|H1|VIGIL|H1|20260115083100||ADT^A01^ADT_A01|c1|P|2.5.1';
const BODY = 'EVN||202601150830\rPID|1||M1^^^HOSP||Müller^Anna\rPV1|1|I|ICU^1\r';
const read = (text: string | Buffer, peer = 'his.test') => readMessage(Buffer.from(text as string), peer, settings);
/** Without the time and the number of the answer itself. */
const shown = (text: string): readonly string[] =>
  text
    .replace(/\|\d{14,}(\.\d+)?([+-]\d{4})?\|/, '|…|')
    .replace(/\|\d{13}\|/, '|…|')
    .split('\r');

test('a message is named by its sender and the id that the sender gave it', () => {
  const { message, answer, addressed } = read(`${HEADER}\r${BODY}`);
  expect(message).toMatchObject({ source: 'hl7', sender: 'HIS|H1|his.test', answer: 'AA', read: { move: { kind: 'admit' } } });
  expect(message.messageId).toMatch(/^hl7-[0-9a-f]{40}$/);
  expect(read(`${HEADER}\r${BODY}`).message.messageId).toBe(message.messageId);
  expect(read(`${HEADER.replace('|c1|', '|c2|')}\r${BODY}`).message.messageId).not.toBe(message.messageId);
  expect(read(`${HEADER}\r${BODY}`, 'other.test').message.messageId).not.toBe(message.messageId);
  const [msh, msa] = shown(addressed!(answer));
  expect(msh).toContain('|VIGIL|H1|HIS|H1|');
  expect(msa).toBe('MSA|AA|c1|OK');
});

test('a fault is answered with its place, never with what stands there', () => {
  const { message, answer, addressed } = read(`${HEADER}\rEVN||20260115\rPID|1||M1^^^HOSP||Müller^Anna\rPV1|1|I\r`);
  expect(message).toMatchObject({ read: { unreadable: 'missing-field', about: [{ value: 'M1' }] }, answer: 'AE 102 EVN 2' });
  expect(answerOf(message.answer!)).toEqual({ code: 'AE', fault: { code: '102', segment: 'EVN', field: 2 } });
  expect(addressed!(answer)).toMatch(/\rMSA\|AE\|c1\|[^\r]*\rERR\|\|EVN\^1\^2\|102\^\^HL70357\|E\r$/);
  expect(addressed!(answer)).not.toMatch(/Müller|M1/);
});

test('what is stored of an answer says the same again', () => {
  expect(answerOf('AA')).toEqual({ code: 'AA', fault: null });
  expect(answerOf('AE 100 PV1 ')).toEqual({ code: 'AE', fault: { code: '100', segment: 'PV1', field: null } });
});

test('an event that is not supported is rejected', () => {
  expect(read(`${HEADER.replace('ADT^A01^ADT_A01', 'ADT^A31')}\r${BODY}`).message).toMatchObject({
    read: { unreadable: 'unknown-event' },
    answer: 'AR 201 MSH 9',
  });
});

test('text in another encoding than it says is answered, and not read', () => {
  const bytes = Buffer.from(`${HEADER}\r${BODY}`, 'latin1');
  const { message, addressed } = readMessage(bytes, '', settings);
  expect(message).toMatchObject({ read: { unreadable: 'wrong-encoding' }, answer: 'AE 102 MSH 18' });
  expect(addressed).not.toBeNull();
});

test('whose text in another encoding is, is read as far as it is ASCII: what comes next of the same patient waits for it', () => {
  const merge = `${HEADER.replace('ADT^A01^ADT_A01', 'ADT^A40')}\rEVN||202601150830\rPID|1||M1^^^HOSP||Müller^Anna\rMRG|M7^^^HOSP\r`;
  const about = (text: string) => readMessage(Buffer.from(text, 'latin1'), '', settings).message.read;
  expect(about(`${HEADER}\r${BODY.replace('ICU^1', 'ICU^1||||||||||||||||V1')}`)).toMatchObject({
    about: [
      { system: 'HOSP', value: 'M1' },
      { system: 'hl7:H1', value: 'V1' },
    ],
  });
  expect(about(merge)).toMatchObject({ about: [{ value: 'M1' }, { value: 'M7' }] });
});

test('delimiters are those of the message', () => {
  const own = `MSH#$*!+#HIS#H1#VIGIL#H1#20260115083100##ADT$A01#c1#P#2.5.1\rEVN##20260115\rPID#1##M1$$$HOSP\rPV1#1#I\r`;
  const { message, answer, addressed } = read(own);
  expect(message.answer).toBe('AE 102 EVN 2');
  expect(addressed!(answer)).toContain('ERR##EVN$1$2#102$$HL70357#E');
});

test.each([
  ['nothing', ''],
  ['no header', 'PID|1||M1'],
  ['a batch', 'FHS|^~\\&|HIS\rBHS|^~\\&|HIS\r'],
  ['a header without delimiters', 'MSH\r'],
  ['a header with one delimiter for two', 'MSH|^^\\&|HIS'],
  ['a header without an id', HEADER.replace('|c1|', '||')],
  ['no text', Buffer.from([0, 255, 254])],
])('%s can not be answered, and is named by its bytes', (_what, text) => {
  const { message, addressed } = read(text);
  expect(addressed).toBeNull();
  expect(message).toMatchObject({ read: { unreadable: 'no-header' } });
  expect(message.messageId).toMatch(/^hl7x-[0-9a-f]{40}$/);
});

test('what broke is kept by its own reason', () => {
  expect(unaddressed(Buffer.from('x'), 'his.test', 'broken-framing').message).toMatchObject({
    sender: '||his.test',
    read: { unreadable: 'broken-framing' },
  });
});
