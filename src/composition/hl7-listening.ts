import { type Settings, SettingsError } from '../config.js';
import { FeedListening } from '../feed/feed.service.js';

/**
 * Who takes HL7 messages: the adapter is loaded only where a site has such a port. Messages of tests (MSH-11) count on a demo site only.
 */
export async function hl7Listening({ hl7, source }: Pick<Settings, 'hl7' | 'source'>): Promise<FeedListening> {
  if (hl7 === null) return new FeedListening(null);
  const { Hl7Server } = await import('../adapters/hl7/hl7-server.js');
  const { host, port, tls, encoding, mrnAuthority, timeZone } = hl7;
  const processingIds = source === 'none' ? ['P'] : ['P', 'T', 'D'];
  const settings = { encoding, mrnAuthority, timeZone, processingIds };
  return new FeedListening((parts) => {
    const server = opened(() => new Hl7Server({ ...parts, host, port, tls, settings }));
    const start = (): Promise<number> =>
      server.start().catch((error: unknown) => {
        const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
        throw new SettingsError(
          `VIGIL_HL7_PORT: ${host}:${port} can't be listened on (${code}); stop what uses it, or set another`,
        );
      });
    return { start, stop: () => server.stop() };
  });
}

function opened<T>(open: () => T): T {
  try {
    return open();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new SettingsError(`VIGIL_HL7_TLS_CERT, VIGIL_HL7_TLS_KEY or VIGIL_HL7_TLS_CA can't be used (${code}); mend the files`);
  }
}
