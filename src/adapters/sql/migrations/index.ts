import type { Migration } from 'kysely/migration';
import { site } from './0001-site.js';
import { alarms } from './0002-alarms.js';
import { stream } from './0003-stream.js';
import { keys } from './0004-keys.js';
import { identity } from './0005-identity.js';
import { access } from './0006-access.js';
import { audit } from './0007-audit.js';
import { identityLinks } from './0008-identity-links.js';
import { fleet } from './0009-fleet.js';
import { gatewayConfig } from './0010-gateway-config.js';
import { scores } from './0011-scores.js';
import { rules } from './0012-rules.js';
import { processor } from './0013-processor.js';
import { hops } from './0014-hops.js';
import { transfers } from './0015-transfers.js';
import { approvals } from './0017-approvals.js';
import { places } from './0018-places.js';
import { assignments } from './0019-assignments.js';
import { stays } from './0020-stays.js';
import { held } from './0021-held.js';
import { feed } from './0022-feed.js';
import { ehr } from './0023-ehr.js';
import { registry } from './0024-registry.js';
import { ehrOut } from './0025-ehr-out.js';
import { shelves } from './0026-shelves.js';
import { escalation } from './0028-escalation.js';
import { pages } from './0029-pages.js';
import { policies } from './0031-policies.js';
import { onCallTrouble } from './0027-on-call-trouble.js';
import { contacts } from './0032-contacts.js';
import { onCall } from './0030-on-call.js';
import { alarmRecords } from './0033-alarm-records.js';
import { canaryRows } from './0034-canary-rows.js';
import { stationWatch } from './0037-station-watch.js';
import { processes } from './0040-processes.js';
import { pageClaimant } from './0042-page-claimant.js';
import { testPages } from './0036-test-pages.js';
import { historyErasure } from './0046-history-erasure.js';

/**
 * The newest migration that a version must know to work with the tables of this one (ADR 0077). It moves when a migration does more than
 * add: takes something away, or means something else by what is there.
 */
export const USABLE_FROM = '0037-station-watch';

/** In the order of their names. Add, never change one that has been released. */
export const MIGRATIONS: Record<string, Migration> = {
  '0001-site': site,
  '0002-alarms': alarms,
  '0003-stream': stream,
  '0004-keys': keys,
  '0005-identity': identity,
  '0006-access': access,
  '0007-audit': audit,
  '0008-identity-links': identityLinks,
  '0009-fleet': fleet,
  '0010-gateway-config': gatewayConfig,
  '0011-scores': scores,
  '0012-rules': rules,
  '0013-processor': processor,
  '0014-hops': hops,
  '0015-transfers': transfers,
  '0017-approvals': approvals,
  '0018-places': places,
  '0019-assignments': assignments,
  '0020-stays': stays,
  '0021-held': held,
  '0022-feed': feed,
  '0023-ehr': ehr,
  '0024-registry': registry,
  '0025-ehr-out': ehrOut,
  '0026-shelves': shelves,
  '0027-on-call-trouble': onCallTrouble,
  '0028-escalation': escalation,
  '0029-pages': pages,
  '0030-on-call': onCall,
  '0031-policies': policies,
  '0032-contacts': contacts,
  '0033-alarm-records': alarmRecords,
  '0034-canary-rows': canaryRows,
  '0036-test-pages': testPages,
  '0037-station-watch': stationWatch,
  '0040-processes': processes,
  '0042-page-claimant': pageClaimant,
  '0046-history-erasure': historyErasure,
};
