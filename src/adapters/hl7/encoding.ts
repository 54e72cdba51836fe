/** Labels that `TextDecoder` takes. */
export type DefaultEncoding = 'utf-8' | 'iso-8859-1' | 'iso-8859-15' | 'windows-1252';
type Encoding = DefaultEncoding | 'ascii';

/** MSH-18 by table 0211 of HL7, as far as it is supported; UTF-8 also under the name that senders give it. */
const NAMED: Readonly<Record<string, Encoding>> = {
  ASCII: 'ascii',
  '8859/1': 'iso-8859-1',
  '8859/15': 'iso-8859-15',
  'UNICODE UTF-8': 'utf-8',
  'UTF-8': 'utf-8',
};

const QUESTION_MARK = 0x3f;

/**
 * The text of a message, in the encoding that it says (MSH-18) or else in the one of the setting. Null where the bytes are none of
 * it, and where MSH-18 names one that is not supported: no letter is ever replaced.
 */
export function decoded(bytes: Uint8Array, fallback: DefaultEncoding): string | null {
  const named = saidEncoding(bytes);
  const encoding = named === '' ? fallback : NAMED[named];
  if (encoding === undefined) return null;
  if (encoding === 'ascii' && bytes.some((byte) => byte > 0x7f)) return null;
  // In ISO 8859 these are no letters; a decoder of the web takes them for those of Windows.
  if (encoding.startsWith('iso-8859') && bytes.some((byte) => byte >= 0x80 && byte < 0xa0)) return null;
  // Whatever it says it is: letters of one byte each never make up UTF-8, but by an accident that no name has had.
  if (encoding !== 'utf-8' && bytes.some((byte) => byte > 0x7f) && decodedAs('utf-8', bytes) !== null) return null;
  return decodedAs(encoding === 'ascii' ? 'utf-8' : encoding, bytes);
}

/** Null where the bytes are none of it. */
function decodedAs(label: DefaultEncoding, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The header as far as it is ASCII, to answer a message whose text nobody can read; other bytes are question marks. */
export function headerOf(bytes: Uint8Array): string {
  const end = bytes.findIndex((byte) => byte === 0x0d || byte === 0x0a);
  return asciiOf(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Text as far as it is ASCII; other bytes are question marks. */
export function asciiOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.map((byte) => (byte > 0x7f ? QUESTION_MARK : byte))).toString('latin1');
}

/** First repetition of MSH-18; empty where there is none. */
function saidEncoding(bytes: Uint8Array): string {
  const header = headerOf(bytes.subarray(0, 4_096));
  if (!header.startsWith('MSH') || header.length < 8) return '';
  const field = header.split(header.charAt(3))[17] ?? '';
  return field.split(header.charAt(5))[0]!.trim();
}
