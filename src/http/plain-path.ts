/** Longest URL that is looked at, in characters, query included. */
export const URL_CHARS_MAX = 4_096;

/** What a path of ours can be made of once decoded: no control characters, no backslash, no second layer of escapes. */
const PLAIN = /^[^\u0000-\u001f\u007f-\u009f\\%]*$/;

/**
 * Is this a path that means the same to everybody who reads it? False for dot segments, NUL, backslashes, odd slashes,
 * bytes that are no UTF-8 and double encoding: nothing of ours is called so, and whoever asks for it looks for a way out of a
 * folder (OWASP, "Path Traversal").
 *
 * @param url as it stands in the request line
 */
export function isPlainPath(url: string): boolean {
  if (url.length > URL_CHARS_MAX || !url.startsWith('/')) return false;
  const written = url.split(/[?#]/, 1)[0]!;
  const path = decoded(written);
  // Two slashes in a row are one to some readers, and an encoded one is part of a name to others.
  if (path === null || !PLAIN.test(path) || path.includes('//') || /%2f/i.test(written)) return false;
  // `..;` is a dot segment to some servers: a parameter of a segment does not hide its name.
  return path.split('/').every((segment) => !/^\.{1,2}$/.test(segment.split(';', 1)[0]!.trim()));
}

function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
