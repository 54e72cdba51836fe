/** Types of specs.mjs for the tests, which start the processes as the launcher does. */
import type { LaunchSettings } from './settings.mjs';

export interface ProcessSpec {
  readonly name: string;
  /** Relative to the repository. */
  readonly script: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** `msg` of the log line that says that the process is ready. */
  readonly ready: string;
}

export const GATEWAY_ID: string;
export function addresses(settings: LaunchSettings): {
  readonly app: string;
  readonly inbox: string;
  readonly hubHealth: string;
  readonly smtp: string;
};
export function hubSpec(settings: LaunchSettings): ProcessSpec;
export function inboxSpec(settings: LaunchSettings): ProcessSpec;
export function platformSpec(settings: LaunchSettings): ProcessSpec;
export function roleSpec(settings: LaunchSettings, role: string, name: string, port: number): ProcessSpec;
export function platformSpecs(settings: LaunchSettings): ProcessSpec[];
export function watchdogSpec(settings: LaunchSettings): ProcessSpec;
export function gatewaySpec(settings: LaunchSettings): ProcessSpec;
/** Null for VIGIL_SOURCE=none. */
export function simulatorSpec(settings: LaunchSettings): ProcessSpec | null;
