/** Every bench by its name, in the order in which they run. */
import * as adt from './adt.mjs';
import * as alarmLoad from './alarm-load.mjs';
import * as assignments from './assignments.mjs';
import * as auditChain from './audit-chain.mjs';
import * as auditStore from './audit-store.mjs';
import * as backup from './backup.mjs';
import * as dashboard from './dashboard.mjs';
import { grid, pager } from './dashboard-page.mjs';
import * as engine from './engine.mjs';
import { full as engineFull, state as engineState } from './engine-full.mjs';
import * as engineWindow from './engine-window.mjs';
import * as escalation from './escalation.mjs';
import * as fhirOut from './fhir-out.mjs';
import { gateway, gatewayDrain, gatewayMemory } from './gateway.mjs';
import * as history from './history.mjs';
import * as historyExport from './history-export.mjs';
import * as historyInflux from './history-influx.mjs';
import * as latency from './latency.mjs';
import * as memory from './memory.mjs';
import * as news2 from './news2.mjs';
import * as onCall from './on-call.mjs';
import { access, hub, hubRecovery, hubSoak, keys, send, spool } from './parts.mjs';
import * as processor from './processor.mjs';
import * as recovery from './recovery.mjs';
import * as records from './records.mjs';
import * as reports from './reports.mjs';
import * as signIn from './sign-in.mjs';
import * as startup from './startup.mjs';
import * as storm from './storm.mjs';
import * as throughput from './throughput.mjs';

export const BENCHES = {
  startup,
  latency,
  dashboard,
  'dashboard-grid': grid,
  'dashboard-pager': pager,
  throughput,
  memory,
  engine,
  'engine-full': engineFull,
  assignments,
  'engine-window': engineWindow,
  'engine-state': engineState,
  processor,
  recovery,
  news2,
  'fhir-out': fhirOut,
  adt,
  records,
  'history-influx': historyInflux,
  history,
  'history-export': historyExport,
  backup,
  'alarm-load': alarmLoad,
  escalation,
  storm,
  reports,
  'on-call': onCall,
  spool,
  gateway,
  'gateway-drain': gatewayDrain,
  'gateway-memory': gatewayMemory,
  hub,
  'hub-recovery': hubRecovery,
  'hub-soak': hubSoak,
  send,
  keys,
  access,
  'sign-in': signIn,
  'audit-chain': auditChain,
  'audit-store': auditStore,
};
