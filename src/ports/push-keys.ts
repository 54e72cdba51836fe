/** By which push services know this site, and what phones say back. */
export abstract class PushKeys {
  /** What a browser subscribes with, base64url. @throws PlatformError('keys-unavailable') */
  abstract publicKey(): Promise<string>;
  /** What was shown by whoever holds this token; null for one that is none or too old. `contactId` as stored. */
  abstract shownBy(token: string): Promise<{ readonly pageId: string; readonly contactId: string | null } | null>;
}
