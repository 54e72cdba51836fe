import { type Clock, SystemClock } from '@vigil/clock';
import { parseSettings, type Settings, SettingsError, watchPageOf } from '../settings.js';
import { certificateFindings, pageFindings } from './certificate-findings.js';
import { clockFindings } from './clock-findings.js';
import { type Finding, mend } from './finding.js';
import { folderFindings } from './folder-findings.js';
import { healthFindings } from './health-findings.js';
import { portFindings } from './port-findings.js';
import { configFindings, hubFindings } from './reach-findings.js';
import { deviceFileFindings, keyFindings } from './secret-findings.js';

/**
 * Looks for everything that keeps a gateway with these settings from doing its work. Changes nothing but a file that it
 * removes again, and may run beside the gateway. Takes at most about 30 s, which a log that does not answer costs.
 */
export async function examine(settings: Settings, clock: Clock): Promise<Finding[]> {
  const { dataDir, configUrl, mqttsPort } = settings;
  const wallMs = clock.wallMs();
  const files = { cert: settings.mqttsCert, key: settings.mqttsKey, deviceCa: settings.deviceCa };
  const { token, gatewayId, configKey, platformCa } = settings;
  const config = configUrl === undefined ? null : { url: configUrl, token, gatewayId, keyFile: configKey, caFile: platformCa };
  const ports = [
    { flag: '--mqtt-port', host: '127.0.0.1', port: settings.mqttPort },
    { flag: '--http-port', host: '127.0.0.1', port: settings.httpPort },
    { flag: '--watch-port', host: settings.watchHost, port: settings.watchPort },
    ...(mqttsPort === undefined ? [] : [{ flag: '--mqtts-port', host: settings.mqttsHost, port: mqttsPort }]),
  ].filter(({ port }) => port !== 0);
  const groups = await Promise.all([
    folderFindings(dataDir, settings.spoolMaxBytes),
    keyFindings(dataDir),
    deviceFileFindings(settings.devices, configUrl !== undefined),
    certificateFindings(mqttsPort === undefined ? null : files, wallMs),
    pageFindings(watchPageOf(settings).tls, wallMs),
    clockFindings(wallMs),
    portFindings(ports, settings.httpPort),
    healthFindings(settings.httpPort),
    configFindings(config),
    hubFindings(settings.connectionString, settings.hubName, clock),
  ]);
  return groups.flat();
}

/**
 * `vigil-gateway doctor`: one line for each thing, `ok` or `MEND` with what to do.
 *
 * @returns 0 when nothing is to be mended, 1 otherwise
 */
export async function runDoctor(argv: readonly string[], env: NodeJS.ProcessEnv, out: (line: string) => void): Promise<number> {
  let findings: readonly Finding[];
  try {
    findings = await examine(parseSettings(argv, env), new SystemClock());
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    findings = [mend('settings', error.message)];
  }
  for (const { what, ok, say } of findings) out(`${ok ? 'ok  ' : 'MEND'} ${what.padEnd(12)} ${say}`);
  return findings.every(({ ok }) => ok) ? 0 : 1;
}
