/** Types of settings.mjs for the tests. */
export interface LaunchSettings {
  readonly dataDir: string;
  readonly recordings: string;
  readonly VIGIL_PORT: number;
  readonly VIGIL_MQTT_PORT: number;
  readonly VIGIL_MQTTS_PORT: number;
  /** Address on which the gateway takes devices with certificates. */
  readonly VIGIL_MQTTS_HOST?: string | undefined;
  readonly VIGIL_MQTTS_NAME?: string | undefined;
  readonly VIGIL_MQTTS_CERT?: string | undefined;
  readonly VIGIL_MQTTS_KEY?: string | undefined;
  readonly VIGIL_DEVICE_CA?: string | undefined;
  /** Simulated devices come in by certificate. */
  readonly VIGIL_DEMO_MQTTS?: '1' | undefined;
  readonly VIGIL_HUB_PORT: number;
  /** Interface on which the local hub serves TLS. */
  readonly VIGIL_HUB_HOST?: string | undefined;
  readonly VIGIL_HUB_TLS_PORT?: number;
  readonly VIGIL_HUB_TLS_CERT?: string | undefined;
  readonly VIGIL_HUB_TLS_KEY?: string | undefined;
  readonly VIGIL_HUB_TLS_NAME?: string | undefined;
  readonly VIGIL_GATEWAY_HTTP_PORT: number;
  readonly VIGIL_WATCH_PORT: number;
  readonly VIGIL_HUB_HTTP_PORT: number;
  readonly VIGIL_WATCHDOG_HTTP_PORT: number;
  readonly VIGIL_INBOX_HTTP_PORT: number;
  readonly VIGIL_INBOX_SMTP_PORT: number;
  /** Which roles the platform runs as, and how many of each; left out: one process. */
  readonly VIGIL_ROLES?: readonly (readonly [role: string, count: number])[] | undefined;
  /** Port of the first of them that has none otherwise. */
  readonly VIGIL_ROLES_PORT: number;
  readonly VIGIL_SOURCE: 'simulator' | 'recordings' | 'none';
  readonly VIGIL_SPEED: number;
  readonly VIGIL_BEDS: number;
}

/** Name and use of each port. */
export const PORTS: readonly (readonly [name: string, use: string])[];
export function servesTls(settings: LaunchSettings): boolean;
export function portsOf(settings: LaunchSettings): typeof PORTS;
export function readSettings(
  env: Readonly<Record<string, string | undefined>>,
):
  | { readonly settings: LaunchSettings; readonly problem?: undefined }
  | { readonly problem: string; readonly settings?: undefined };
