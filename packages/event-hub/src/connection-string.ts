/** A connection string as the clients read it. Without TLS it says so by the emulator's flag. */
export function connectionString(parts: {
  readonly host: string;
  readonly port?: number | undefined;
  readonly isTls: boolean;
  readonly keyName: string;
  readonly secret: string;
  readonly hub?: string | undefined;
}): string {
  const host = parts.host.includes(':') ? `[${parts.host}]` : parts.host;
  const port = parts.port ?? (parts.isTls ? 5671 : 5672);
  const key = `SharedAccessKeyName=${parts.keyName};SharedAccessKey=${parts.secret}`;
  const entity = parts.hub === undefined ? '' : `;EntityPath=${parts.hub}`;
  return `Endpoint=sb://${host}:${port}/;${key}${entity}${parts.isTls ? '' : ';UseDevelopmentEmulator=true'}`;
}
