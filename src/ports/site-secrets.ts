/** Secrets that the site makes by itself: the same in every process, different at every site, never stored in the open. */
export abstract class SiteSecrets {
  /**
   * 32 bytes for this purpose.
   * @throws PlatformError('keys-unavailable', 'store-unavailable')
   */
  abstract secret(purpose: string): Promise<Buffer>;
}
