import { ILLNESS } from './illness.js';
import { RATES } from './rates.js';
import type { Scenario } from './scenario.js';
import { SENSORS } from './sensors.js';
import { TRANSPORT } from './transport.js';
import { UNIT_LIFE } from './unit-life.js';

export const ALL_SCENARIOS: readonly Scenario[] = [...ILLNESS, ...RATES, ...SENSORS, ...TRANSPORT, ...UNIT_LIFE];
