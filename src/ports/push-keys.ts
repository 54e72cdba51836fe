/** By which push services know this site. */
export abstract class PushKeys {
  /** What a browser subscribes with, base64url. @throws PlatformError('keys-unavailable') */
  abstract publicKey(): Promise<string>;
}
