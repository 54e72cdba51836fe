/** One SMS; longer texts are cut into parts that may arrive apart. Source: 3GPP TS 23.038, section 6.1.2. */
const SMS_CHARS_MAX = 160;
/** A link that leaves less room than this for what it is about goes in two parts rather than alone. */
const WORDS_MIN = 40;

/** Of the GSM 7-bit default alphabet, what a page can contain. Source: 3GPP TS 23.038, section 6.2.1. */
const GSM7 =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const KNOWN = new Set(GSM7);
const LINK = /https?:\/\/\S+$/;

/** The text in the alphabet of SMS: what is not in it is written without its accent, or as a question mark. */
export function toGsm7(text: string): string {
  const written = text
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/[\u2013\u2014]/g, '-')
    .replace(/\u2026/g, '...');
  return [...written].map((char) => (KNOWN.has(char) ? char : plain(char))).join('');
}

function plain(char: string): string {
  const base = char.normalize('NFKD').replace(/\p{M}/gu, '');
  return base !== '' && [...base].every((each) => KNOWN.has(each)) ? base : '?';
}

/** A page as one SMS where that is possible: the words before the link give way, the link and the beginning never do. */
export function smsText(page: { readonly text: string }): string {
  const text = page.text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
  const link = LINK.exec(text)?.[0] ?? '';
  const words = toGsm7(text.replace(LINK, '').trim());
  const whole = link === '' ? words : `${words} ${link}`;
  if (whole.length <= SMS_CHARS_MAX || link.length > SMS_CHARS_MAX - WORDS_MIN) return whole;
  const room = SMS_CHARS_MAX - (link === '' ? 0 : link.length + 1);
  const short = words.replace(/\s*Open:$/, '');
  const cut = short.length <= room ? short : `${short.slice(0, room - 3).trimEnd()}...`;
  return link === '' ? cut : `${cut} ${link}`;
}
