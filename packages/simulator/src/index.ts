export {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
  type SimulatorStats,
  type DeviceCredentials,
  type DeviceTls,
} from './simulator.js';
export { SIMULATED_PREFIX } from './settings.js';
export type { Log } from './log.js';
export { RestAdt, type Adt, type Admission } from './adt/adt.js';
export { AdtOutage } from './adt/platform-calls.js';
export { SCENARIOS, type Scenario, type EventKind } from './physiology/script.js';
export { monitor, type Monitor, type MonitorOptions, MONITOR_INTERVAL_MS } from './physiology/monitor.js';
export { courseMonitor, type CourseOptions, type CoursePoint, type SensorFault } from './physiology/course.js';
export { type Person, type Vital } from './physiology/vitals.js';
export { readRecords, requireRecordings, RecordingsMissing } from './recordings/read.js';
export { RECORDING_SETS, type PatientRecord, type RecordedSample, type RecordingSet, durationMs } from './recordings/record.js';
export { recordingEvents, GOLDEN_BOOT_ID, type RecordingPlace } from './golden.js';
export { startLoad, type Load, type LoadOptions, type LoadTotals, type Puback } from './load/load.js';
export { loadReadings } from './load/load-readings.js';
export { readLedger, type LedgerEntry, type LedgerHeader } from './load/ledger.js';
