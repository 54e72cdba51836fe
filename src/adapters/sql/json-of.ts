/** What a column holds; null where it is no JSON, because somebody else wrote it. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
