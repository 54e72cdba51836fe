/**
 * Key-encryption keys: they wrap the data keys that encrypt records and never leave their driver.
 *
 * The file driver (`openKeyFile`) suits one machine; drivers for Key Vault or a KMS go behind the same port.
 * `context` names what the data key is for. It is bound to the wrapped key, so a key that was wrapped for one
 * segment does not unwrap for another.
 */
export interface KeyPort {
  /** The key that `wrap` uses now. Older keys stay usable for `unwrap`. */
  readonly currentKeyId: string;
  wrap(dataKey: Buffer, context: string): Promise<{ readonly keyId: string; readonly wrapped: Buffer }>;
  /**
   * @throws SealError `key-unknown` when the key is not there, `tampered` when key, bytes or context do not belong together
   */
  unwrap(keyId: string, wrapped: Buffer, context: string): Promise<Buffer>;
  /**
   * Looks whether another key has become the current one: a key added to the file, a new version in the vault.
   * @returns true when it has: new data keys are wrapped by it from now on, and old ones should be wrapped anew
   */
  refresh(): Promise<boolean>;
}
