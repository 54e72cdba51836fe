import { ACTORS, type ActorName, type Situation, SITUATIONS } from './access-ward.js';

/**
 * Who may do what, cell by cell: written by hand, asked of the real app by access-matrix.test.ts, and shown in
 * docs/access.md.
 *
 * `yes`: access lets the request through. `401`: nobody is signed in who could do it here. `403`: this kind of caller never
 * may. `404`: not this subject, and no word about whether it exists. `410`: this page link is too old, and nobody who
 * could do it is signed in. Situations are explained in access-ward.ts.
 */
export type Answer = 'yes' | '401' | '403' | '404' | '410';

export interface Row {
  readonly route: string;
  readonly situation: Situation;
  /** In the order of `ACTORS`. */
  readonly answers: readonly Answer[];
}

//                                                                         nurse chrg phys onc    biom admn secu audi   serv gate stat   anon link
const PUBLIC = `
GET  /health/live                                                 any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
GET  /health/ready                                                any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
GET  /health/escalation                                           any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
GET  /metrics                                                     any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
GET  /api/v1/display                                              any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
POST /api/v1/csp-reports                                          any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
POST /api/v1/session                                              any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
POST /api/v1/session/second-factor                                any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
POST /api/v1/session/password                                     any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
POST /api/v1/session/second-factor/enrolment                      any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
POST /api/v1/session/second-factor/enrolment/confirm              any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
POST /api/v1/session/passkey/options                              any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
POST /api/v1/session/passkey/verify                               any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
GET  /api/v1/session/methods                                      any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
GET  /api/v1/session/oidc/start                                   any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
GET  /api/v1/session/oidc/callback                                any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
POST /api/v1/session/oidc/backchannel-logout                      any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
POST /api/v1/push-receipts/{token}                                any     | 404  404  404  404  | 404  404  404  404  | 404  404  404  | 404  404
POST /api/v1/providers/twilio/status                              any     | 403  403  403  403  | 403  403  403  403  | 403  403  403  | 403  403
POST /api/v1/providers/twilio/voice                               any     | 403  403  403  403  | 403  403  403  403  | 403  403  403  | 403  403
POST /api/v1/ehr/notify                                           any     | 401  401  401  401  | 401  401  401  401  | 401  401  401  | 401  401
PUT  /api/v1/ehr/notify                                           any     | 401  401  401  401  | 401  401  401  401  | 401  401  401  | 401  401
POST /api/v1/ehr/notify/{type}/{id}                               any     | 401  401  401  401  | 401  401  401  401  | 401  401  401  | 401  401
PUT  /api/v1/ehr/notify/{type}/{id}                               any     | 401  401  401  401  | 401  401  401  401  | 401  401  401  | 401  401
POST /api/v1/station-session                                      any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
POST /api/v1/device-enrolments                                    any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
GET  /api/v1/station-session                                      any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
GET  /api/v1/pages/{token}                                        any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
POST /api/v1/pages/{token}/accept                                 any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
POST /api/v1/pages/{token}/accept                                 own     | yes  yes  yes  yes  | 404  404  404  404  | 410  410  410  | 410  410
POST /api/v1/pages/{token}/accept                                 other   | yes  404  404  404  | 404  404  404  404  | 410  410  410  | 410  410
POST /api/v1/pages/{token}/decline                                any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
POST /api/v1/pages/{token}/decline                                own     | yes  yes  yes  yes  | 404  404  404  404  | 410  410  410  | 410  410
POST /api/v1/pages/{token}/decline                                other   | yes  404  404  404  | 404  404  404  404  | 410  410  410  | 410  410
POST /api/v1/pages/{token}/arrived                                any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
POST /api/v1/pages/{token}/arrived                                own     | yes  yes  yes  yes  | 404  404  404  404  | 410  410  410  | 410  410
POST /api/v1/pages/{token}/arrived                                other   | yes  404  404  404  | 404  404  404  404  | 410  410  410  | 410  410
POST /api/v1/pages/{token}/help                                   any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
POST /api/v1/pages/{token}/help                                   own     | yes  yes  yes  yes  | 404  404  404  404  | 410  410  410  | 410  410
POST /api/v1/pages/{token}/help                                   other   | yes  404  404  404  | 404  404  404  404  | 410  410  410  | 410  410
POST /api/v1/pages/{token}/opened                                 any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  yes  | yes  yes
`;

const CARE = `
GET  /api/v1/beds                                                 any     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  yes  | 401  401
GET  /api/v1/beds/{bedId}                                         treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  yes  | 401  401
GET  /api/v1/beds/{bedId}                                         own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  yes  | 401  401
GET  /api/v1/beds/{bedId}                                         other   | 404  404  404  404  | 403  403  403  403  | 403  403  404  | 401  401
GET  /api/v1/beds/{bedId}                                         glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  404  | 401  401
GET  /api/v1/beds/{bedId}/history                                 treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/beds/{bedId}/history                                 own     | 404  yes  yes  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/beds/{bedId}/history                                 other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/beds/{bedId}/history                                 glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/beds/{bedId}/history                                 past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/machine/beds/{bedId}/history                         any     | 403  403  403  403  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/beds/{bedId}/history/export                          treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/beds/{bedId}/history/export                          own     | 404  yes  yes  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/beds/{bedId}/history/export                          other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/beds/{bedId}/history/export                          glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/beds/{bedId}/history/export                          past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/history                     treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/history                     own     | 404  yes  yes  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/history                     other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/history                     glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/history                     past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/history/export              treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/history/export              own     | 404  yes  yes  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/history/export              other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/history/export              glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/history/export              past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/data-quality                treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/data-quality                own     | 404  yes  yes  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/data-quality                other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/data-quality                glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/data-quality                past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/beds/{bedId}/gaps                                    treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/beds/{bedId}/gaps                                    own     | 404  yes  yes  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/beds/{bedId}/gaps                                    other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/beds/{bedId}/gaps                                    glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/beds/{bedId}/gaps                                    past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/alarms                                               any     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  yes  | 401  401
GET  /api/v1/alarms/export                                        own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/alarms/export                                        other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/alarms/{alarmId}                                     treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  yes  | 401  401
GET  /api/v1/alarms/{alarmId}                                     own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  yes  | 401  401
GET  /api/v1/alarms/{alarmId}                                     other   | 404  404  404  404  | 403  403  403  403  | 403  403  404  | 401  401
GET  /api/v1/alarms/{alarmId}                                     glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  404  | 401  401
GET  /api/v1/alarms/{alarmId}/explanation                         treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  yes  | 401  401
GET  /api/v1/alarms/{alarmId}/explanation                         own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  yes  | 401  401
GET  /api/v1/alarms/{alarmId}/explanation                         other   | 404  404  404  404  | 403  403  403  403  | 403  403  404  | 401  401
GET  /api/v1/alarms/{alarmId}/explanation                         glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  404  | 401  401
GET  /api/v1/alarms/{alarmId}/path                                treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  yes  | 401  401
GET  /api/v1/alarms/{alarmId}/path                                own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  yes  | 401  401
GET  /api/v1/alarms/{alarmId}/path                                other   | 404  404  404  404  | 403  403  403  403  | 403  403  404  | 401  401
GET  /api/v1/alarms/{alarmId}/path                                glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  404  | 401  401
POST /api/v1/alarms/{alarmId}/accept                              treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/accept                              own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/accept                              other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/accept                              glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/decline                             treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/decline                             own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/decline                             other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/decline                             glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/arrive                              treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/arrive                              own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/arrive                              other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/arrive                              glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/pass                                treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/pass                                own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/pass                                other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/pass                                glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/acknowledge                         treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/acknowledge                         own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/acknowledge                         other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/alarms/{alarmId}/acknowledge                         glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/alarms/{alarmId}/snapshot                            treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  yes  | 401  401
GET  /api/v1/alarms/{alarmId}/snapshot                            own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  yes  | 401  401
GET  /api/v1/alarms/{alarmId}/snapshot                            other   | 404  404  404  404  | 403  403  403  403  | 403  403  404  | 401  401
GET  /api/v1/alarms/{alarmId}/snapshot                            glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  404  | 401  401
PUT /api/v1/alarms/{alarmId}/label                                treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
PUT /api/v1/alarms/{alarmId}/label                                own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
PUT /api/v1/alarms/{alarmId}/label                                other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
PUT /api/v1/alarms/{alarmId}/label                                glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/alarms/{alarmId}/label                             treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/alarms/{alarmId}/label                             own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/alarms/{alarmId}/label                             other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/alarms/{alarmId}/label                             glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/reports/alarm-load                                   own     | yes  yes  yes  yes  | yes  yes  403  yes  | 403  403  401  | 401  401
GET  /api/v1/reports/alarm-load                                   other   | 404  404  404  404  | yes  yes  403  yes  | 403  403  401  | 401  401
GET  /api/v1/patients                                             any     | yes  yes  yes  yes  | 403  403  403  403  | yes  403  401  | 401  401
POST /api/v1/patients/search                                      any     | yes  yes  yes  yes  | 403  403  403  403  | yes  403  401  | 401  401
GET  /api/v1/patients/{patientId}                                 treated | yes  yes  yes  yes  | 403  403  403  403  | yes  403  401  | 401  401
GET  /api/v1/patients/{patientId}                                 own     | 404  yes  yes  404  | 403  403  403  403  | yes  403  401  | 401  401
GET  /api/v1/patients/{patientId}                                 other   | 404  404  404  404  | 403  403  403  403  | yes  403  401  | 401  401
GET  /api/v1/patients/{patientId}                                 glass   | yes  yes  yes  yes  | 403  403  403  403  | yes  403  401  | 401  401
GET  /api/v1/patients/{patientId}                                 past    | 404  404  404  404  | 403  403  403  403  | yes  403  401  | 401  401
POST /api/v1/patients                                             any     | 403  yes  403  403  | 403  403  403  403  | yes  403  401  | 401  401
GET  /api/v1/encounters                                           any     | yes  yes  yes  yes  | 403  403  403  403  | yes  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}                             treated | yes  yes  yes  yes  | 403  403  403  403  | yes  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}                             own     | yes  yes  yes  yes  | 403  403  403  403  | yes  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}                             other   | 404  404  404  404  | 403  403  403  403  | yes  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}                             glass   | yes  yes  yes  yes  | 403  403  403  403  | yes  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}                             past    | 404  404  404  404  | 403  403  403  403  | yes  403  401  | 401  401
POST /api/v1/encounters                                           own     | yes  yes  yes  yes  | 403  403  403  403  | yes  403  401  | 401  401
POST /api/v1/encounters                                           other   | 404  404  404  404  | 403  403  403  403  | yes  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/discharge                   treated | yes  yes  yes  yes  | 403  403  403  403  | yes  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/discharge                   own     | 404  yes  yes  404  | 403  403  403  403  | yes  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/discharge                   other   | 404  404  404  404  | 403  403  403  403  | yes  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/discharge                   glass   | 404  404  404  404  | 403  403  403  403  | yes  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/discharge                   past    | 404  404  404  404  | 403  403  403  403  | yes  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/transfer                    treated | yes  yes  yes  yes  | 403  403  403  403  | yes  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/transfer                    own     | 404  yes  yes  404  | 403  403  403  403  | yes  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/transfer                    other   | 404  404  404  404  | 403  403  403  403  | yes  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/transfer                    glass   | 404  404  404  404  | 403  403  403  403  | yes  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/transfer                    past    | 404  404  404  404  | 403  403  403  403  | yes  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/changes                     treated | yes  yes  yes  yes  | 403  403  403  403  | yes  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/changes                     own     | yes  yes  yes  yes  | 403  403  403  403  | yes  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/changes                     other   | 404  404  404  404  | 403  403  403  403  | yes  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/changes                     glass   | yes  yes  yes  yes  | 403  403  403  403  | yes  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/changes                     past    | 404  404  404  404  | 403  403  403  403  | yes  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/limits                      treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/limits                      own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/limits                      other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/limits                      glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/limits                      past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
PUT /api/v1/encounters/{encounterId}/limits/{metric}              treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
PUT /api/v1/encounters/{encounterId}/limits/{metric}              own     | 404  yes  yes  404  | 403  403  403  403  | 403  403  401  | 401  401
PUT /api/v1/encounters/{encounterId}/limits/{metric}              other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
PUT /api/v1/encounters/{encounterId}/limits/{metric}              glass   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
PUT /api/v1/encounters/{encounterId}/limits/{metric}              past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/encounters/{encounterId}/limits/{metric}           treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/encounters/{encounterId}/limits/{metric}           own     | 404  yes  yes  404  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/encounters/{encounterId}/limits/{metric}           other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/encounters/{encounterId}/limits/{metric}           glass   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/encounters/{encounterId}/limits/{metric}           past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/profile                     treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/profile                     own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/profile                     other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/profile                     glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/profile                     past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
PUT /api/v1/encounters/{encounterId}/profile                      treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
PUT /api/v1/encounters/{encounterId}/profile                      own     | 404  yes  yes  404  | 403  403  403  403  | 403  403  401  | 401  401
PUT /api/v1/encounters/{encounterId}/profile                      other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
PUT /api/v1/encounters/{encounterId}/profile                      glass   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
PUT /api/v1/encounters/{encounterId}/profile                      past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/scores                      treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/scores                      own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/scores                      other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/scores                      glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/scores                      past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/scores/{score}/history      treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/scores/{score}/history      own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/scores/{score}/history      other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/scores/{score}/history      glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/scores/{score}/history      past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/observations                treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/observations                own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/observations                other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/observations                glass   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/observations                past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
PUT /api/v1/encounters/{encounterId}/score-settings               treated | 403  403  yes  403  | 403  403  403  403  | 403  403  401  | 401  401
PUT /api/v1/encounters/{encounterId}/score-settings               own     | 403  403  yes  403  | 403  403  403  403  | 403  403  401  | 401  401
PUT /api/v1/encounters/{encounterId}/score-settings               other   | 403  403  404  403  | 403  403  403  403  | 403  403  401  | 401  401
PUT /api/v1/encounters/{encounterId}/score-settings               glass   | 403  403  404  403  | 403  403  403  403  | 403  403  401  | 401  401
PUT /api/v1/encounters/{encounterId}/score-settings               past    | 403  403  404  403  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/care-units/{careUnitId}/limits                       own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/care-units/{careUnitId}/limits                       other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/shelves                     treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/shelves                     own     | 404  yes  yes  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/shelves                     other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/shelves                     glass   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/shelves                     past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/shelves/{shelfId}/agree     treated | 403  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/shelves/{shelfId}/agree     own     | 403  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/shelves/{shelfId}/agree     other   | 403  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/shelves/{shelfId}/agree     glass   | 403  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/shelves/{shelfId}/agree     past    | 403  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/encounters/{encounterId}/shelves/{shelfId}         treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/encounters/{encounterId}/shelves/{shelfId}         own     | 404  yes  yes  404  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/encounters/{encounterId}/shelves/{shelfId}         other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/encounters/{encounterId}/shelves/{shelfId}         glass   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/encounters/{encounterId}/shelves/{shelfId}         past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/shelves                     treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/shelves                     own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/shelves                     other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/shelves                     glass   | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/encounters/{encounterId}/shelves                     past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/care-units/{careUnitId}/limits-off                   own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/care-units/{careUnitId}/limits-off                   other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/care-units/{careUnitId}/audio-pauses                 own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  yes  | 401  401
GET  /api/v1/care-units/{careUnitId}/audio-pauses                 other   | 404  404  404  404  | 403  403  403  403  | 403  403  404  | 401  401
POST /api/v1/care-units/{careUnitId}/audio-pauses                 own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/care-units/{careUnitId}/audio-pauses                 other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/care-units/{careUnitId}/audio-pauses/{pauseId}     own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/care-units/{careUnitId}/audio-pauses/{pauseId}     other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/standby                     treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/standby                     own     | 404  yes  yes  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/standby                     other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/standby                     glass   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/standby                     past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/encounters/{encounterId}/standby                   treated | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/encounters/{encounterId}/standby                   own     | 404  yes  yes  404  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/encounters/{encounterId}/standby                   other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/encounters/{encounterId}/standby                   glass   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/encounters/{encounterId}/standby                   past    | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/correct                     treated | 403  yes  yes  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/correct                     own     | 403  yes  yes  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/correct                     other   | 403  404  404  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/correct                     glass   | 403  404  404  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/correct                     past    | 403  404  404  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/reopen                      treated | 403  yes  yes  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/reopen                      own     | 403  yes  yes  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/reopen                      other   | 403  404  404  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/reopen                      glass   | 403  404  404  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/encounters/{encounterId}/reopen                      past    | 403  404  404  403  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/care-units/{careUnitId}/standby                      own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  yes  | 401  401
GET  /api/v1/care-units/{careUnitId}/standby                      other   | 404  404  404  404  | 403  403  403  403  | 403  403  404  | 401  401
GET  /api/v1/care-units/{careUnitId}/not-watched                  own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/care-units/{careUnitId}/not-watched                  other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/device-assignments                                   any     | yes  yes  yes  yes  | yes  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/tray                                                 any     | yes  yes  yes  yes  | yes  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/devices/{deviceId}/check                             any     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/device-assignments/{assignmentId}                    any     | yes  yes  yes  yes  | yes  403  403  403  | 403  403  401  | 401  401
POST /api/v1/device-assignments                                   own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/device-assignments                                   other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/device-assignments                                   any     | yes  yes  yes  yes  | yes  403  403  403  | 403  403  401  | 401  401
POST /api/v1/device-assignments/{assignmentId}/end                own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/device-assignments/{assignmentId}/end                other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/device-assignments/{assignmentId}/end                any     | yes  yes  yes  yes  | yes  403  403  403  | 403  403  401  | 401  401
POST /api/v1/device-assignments/{assignmentId}/correct            treated | 403  yes  yes  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/device-assignments/{assignmentId}/correct            own     | 403  yes  yes  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/device-assignments/{assignmentId}/correct            other   | 403  404  404  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/break-glass                                          any     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/break-glass/mine                                     any     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/break-glass/{grantId}                              own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/break-glass/{grantId}                              other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/break-glass                                          any     | 403  yes  403  403  | 403  403  yes  yes  | 403  403  401  | 401  401
POST /api/v1/break-glass/{grantId}/review                         own     | 403  403  403  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/break-glass/{grantId}/review                         other   | 403  403  403  403  | 403  403  yes  403  | 403  403  401  | 401  401
`;

const HOUSE = `
GET  /api/v1/history/dictionary                                   any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  401  | 401  401
GET  /api/v1/care-units                                           any     | yes  yes  yes  yes  | yes  yes  yes  yes  | yes  yes  401  | 401  401
GET  /api/v1/care-units/{careUnitId}                              any     | yes  yes  yes  yes  | yes  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/care-units                                           any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
PATCH /api/v1/care-units/{careUnitId}                             any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/care-units/{careUnitId}/retire                       any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/beds/{bedId}/place                                   any     | yes  yes  yes  yes  | yes  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/beds                                                 any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
PATCH /api/v1/beds/{bedId}/place                                  any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/beds/{bedId}/retire                                  any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/bed-aliases                                          any     | yes  yes  yes  yes  | yes  yes  403  403  | 403  403  401  | 401  401
PUT  /api/v1/bed-aliases                                          any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
DELETE /api/v1/bed-aliases                                        any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/site/export                                          any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/site/import                                          any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/staff                                                any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
GET  /api/v1/staff/{staffId}/reachability                         own     | yes  yes  yes  yes  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/staff/{staffId}/reachability                         other   | 404  404  404  404  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/staff/{staffId}/contact-methods                      own     | 403  yes  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/staff/{staffId}/contact-methods                      other   | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
DELETE /api/v1/staff/{staffId}/contact-methods/{contactId}        own     | 403  yes  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
DELETE /api/v1/staff/{staffId}/contact-methods/{contactId}        other   | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/staff/{staffId}/test-pages                           own     | yes  yes  yes  yes  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/staff/{staffId}/test-pages                           other   | 404  404  404  404  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/staff/{staffId}/test-pages/{testId}                  own     | yes  yes  yes  yes  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/staff/{staffId}/test-pages/{testId}                  other   | 404  404  404  404  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/on-call/now                                          any     | yes  yes  yes  yes  | 403  yes  403  yes  | 403  403  401  | 401  401
GET  /api/v1/on-call/schedules                                    any     | yes  yes  yes  yes  | 403  yes  403  yes  | 403  403  401  | 401  401
GET  /api/v1/on-call/schedules/{scheduleId}                       any     | yes  yes  yes  yes  | 403  yes  403  yes  | 403  403  401  | 401  401
GET  /api/v1/on-call/schedules/{scheduleId}/changes               any     | yes  yes  yes  yes  | 403  yes  403  yes  | 403  403  401  | 401  401
GET  /api/v1/on-call/schedules/{scheduleId}/shifts                any     | yes  yes  yes  yes  | 403  yes  403  yes  | 403  403  401  | 401  401
GET  /api/v1/on-call/schedules/{scheduleId}/overrides             any     | yes  yes  yes  yes  | 403  yes  403  yes  | 403  403  401  | 401  401
POST /api/v1/on-call/preview                                      own     | 403  yes  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/on-call/preview                                      other   | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/on-call/schedules                                    own     | 403  yes  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/on-call/schedules                                    other   | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
PUT /api/v1/on-call/schedules/{scheduleId}                        own     | 403  yes  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
PUT /api/v1/on-call/schedules/{scheduleId}                        other   | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
DELETE /api/v1/on-call/schedules/{scheduleId}                     own     | 403  yes  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
DELETE /api/v1/on-call/schedules/{scheduleId}                     other   | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/on-call/schedules/{scheduleId}/overrides             own     | 403  yes  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/on-call/schedules/{scheduleId}/overrides             other   | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
DELETE /api/v1/on-call/overrides/{overrideId}                     own     | 403  yes  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
DELETE /api/v1/on-call/overrides/{overrideId}                     other   | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/on-call/schedules/{scheduleId}/handover-notes        own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/on-call/schedules/{scheduleId}/handover-notes        other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/on-call/schedules/{scheduleId}/handover-notes        own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/on-call/schedules/{scheduleId}/handover-notes        other   | 404  404  404  404  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/on-call/swaps                                        any     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/on-call/swaps/{swapId}                               any     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/on-call/swaps                                        any     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/on-call/swaps/{swapId}/agree                         any     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/on-call/swaps/{swapId}/decline                       any     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/on-call/swaps/{swapId}                             any     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/assignments                                          any     | yes  yes  yes  yes  | yes  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/assignments                                          own     | 403  yes  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/assignments                                          other   | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/assignments/{assignmentId}                           any     | yes  yes  yes  yes  | yes  yes  403  403  | 403  403  401  | 401  401
PATCH /api/v1/assignments/{assignmentId}                          own     | 403  yes  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
PATCH /api/v1/assignments/{assignmentId}                          other   | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
DELETE /api/v1/assignments/{assignmentId}                         own     | 403  yes  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
DELETE /api/v1/assignments/{assignmentId}                         other   | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/stations                                             any     | 403  yes  403  403  | yes  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/stations                                             own     | 403  yes  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/stations                                             other   | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
DELETE /api/v1/stations/{stationId}                               own     | 403  yes  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
DELETE /api/v1/stations/{stationId}                               other   | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/stations/{stationId}/off                             own     | 403  yes  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/stations/{stationId}/off                             other   | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
DELETE /api/v1/stations/{stationId}/off                           own     | 403  yes  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
DELETE /api/v1/stations/{stationId}/off                           other   | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/gateways/{gatewayId}/config                          own     | 403  403  403  403  | 403  403  403  403  | 403  yes  401  | 401  401
GET  /api/v1/gateways/{gatewayId}/config                          other   | 403  403  403  403  | 403  403  403  403  | 403  404  401  | 401  401
GET  /api/v1/rule-sets                                            any     | yes  yes  yes  yes  | yes  yes  403  yes  | 403  403  401  | 401  401
POST /api/v1/rule-sets                                            any     | 403  yes  yes  403  | yes  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/rule-sets/{hash}                                     any     | yes  yes  yes  yes  | yes  yes  403  yes  | 403  403  401  | 401  401
GET  /api/v1/rule-sets/{hash}/diff                                any     | yes  yes  yes  yes  | yes  yes  403  yes  | 403  403  401  | 401  401
GET  /api/v1/rule-sets/{hash}/file                                any     | yes  yes  yes  yes  | yes  yes  403  yes  | 403  403  401  | 401  401
POST /api/v1/rule-sets/{hash}/propose                             any     | 403  yes  yes  403  | yes  403  403  403  | 403  403  401  | 401  401
POST /api/v1/rule-sets/{hash}/approve                             any     | 403  yes  yes  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/rule-sets/{hash}/reject                              any     | 403  yes  yes  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/rule-sets/{hash}/activate                            any     | 403  yes  yes  403  | yes  403  403  403  | 403  403  401  | 401  401
POST /api/v1/rule-sets/{hash}/withdraw                            any     | 403  yes  yes  403  | yes  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/policies                                             any     | yes  yes  yes  yes  | 403  yes  403  yes  | 403  403  401  | 401  401
GET  /api/v1/policies/in-force                                    any     | yes  yes  yes  yes  | 403  yes  403  yes  | 403  403  401  | 401  401
POST /api/v1/policies                                             any     | 403  yes  yes  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/policies/simulate                                    any     | 403  yes  yes  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/policies/{hash}                                      any     | yes  yes  yes  yes  | 403  yes  403  yes  | 403  403  401  | 401  401
GET  /api/v1/policies/{hash}/file                                 any     | yes  yes  yes  yes  | 403  yes  403  yes  | 403  403  401  | 401  401
POST /api/v1/policies/{hash}/simulate                             any     | 403  yes  yes  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/policies/{hash}/propose                              any     | 403  yes  yes  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/policies/{hash}/approve                              any     | 403  yes  yes  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/policies/{hash}/reject                               any     | 403  yes  yes  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/policies/{hash}/withdraw                             any     | 403  yes  yes  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/policies/{hash}/activate                             any     | 403  yes  yes  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/rejects                                              any     | 403  403  403  403  | yes  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/tasks                                                any     | 403  yes  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/tasks/{taskId}                                       own     | 403  yes  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/tasks/{taskId}                                       other   | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/tasks/{taskId}                                       any     | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/tasks/{taskId}/detail                                own     | 403  yes  403  403  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/tasks/{taskId}/detail                                other   | 403  404  403  403  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/tasks/{taskId}/detail                                any     | 403  404  403  403  | 403  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/tasks/{taskId}/said                                  own     | 403  yes  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/tasks/{taskId}/said                                  other   | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/tasks/{taskId}/said                                  any     | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/tasks/{taskId}/apply                                 own     | 403  yes  403  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/tasks/{taskId}/apply                                 other   | 403  404  403  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/tasks/{taskId}/apply                                 any     | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/tasks/{taskId}/dismiss                               own     | 403  yes  403  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/tasks/{taskId}/dismiss                               other   | 403  404  403  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/tasks/{taskId}/dismiss                               any     | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/tasks/{taskId}/link                                  own     | 403  yes  403  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/tasks/{taskId}/link                                  other   | 403  404  403  403  | 403  403  403  403  | 403  403  401  | 401  401
POST /api/v1/tasks/{taskId}/link                                  any     | 403  404  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/dead-letters                                         any     | 403  403  403  403  | yes  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/dead-letters/{deadLetterId}/rerun                    any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/self-tests                                           any     | yes  yes  yes  yes  | yes  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/self-tests/newest                                    any     | yes  yes  yes  yes  | yes  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/status                                               any     | yes  yes  yes  yes  | yes  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/integrations                                         any     | 403  403  403  403  | yes  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/integrations/fhir/retry                              any     | 403  403  403  403  | yes  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/devices                                              any     | 403  403  403  403  | yes  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/fleet/to-fix                                         any     | 403  403  403  403  | yes  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/devices/{deviceId}                                   any     | 403  403  403  403  | yes  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/devices/{deviceId}/data-quality                      any     | 403  403  403  403  | yes  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/devices                                              any     | 403  403  403  403  | yes  403  403  403  | 403  403  401  | 401  401
PATCH /api/v1/devices/{deviceId}                                  any     | 403  403  403  403  | yes  403  403  403  | 403  403  401  | 401  401
POST /api/v1/devices/{deviceId}/quarantine                        any     | 403  403  403  403  | yes  403  403  403  | 403  403  401  | 401  401
POST /api/v1/devices/{deviceId}/release                           any     | 403  403  403  403  | yes  403  403  403  | 403  403  401  | 401  401
POST /api/v1/devices/{deviceId}/retire                            any     | 403  403  403  403  | yes  403  403  403  | 403  403  401  | 401  401
POST /api/v1/devices/{deviceId}/enrolments                        any     | 403  403  403  403  | yes  403  403  403  | 403  403  401  | 401  401
DELETE /api/v1/devices/{deviceId}/certificates/{fingerprint}      any     | 403  403  403  403  | yes  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/alarms/{alarmId}/path/export                         other   | 403  403  403  403  | yes  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/beds/{bedId}/gaps/export                             other   | 403  403  403  403  | yes  403  403  403  | 403  403  401  | 401  401
GET  /api/v1/gateways                                             any     | 403  403  403  403  | yes  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/accounts                                             any     | 403  403  403  403  | 403  yes  yes  403  | 403  403  401  | 401  401
POST /api/v1/accounts                                             any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/accounts/{staffId}                                   any     | 403  403  403  403  | 403  yes  yes  403  | 403  403  401  | 401  401
PUT  /api/v1/accounts/{staffId}/roles                             any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/accounts/{staffId}/disable                           any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/accounts/{staffId}/enable                            any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
POST /api/v1/accounts/{staffId}/reset                             any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
DELETE /api/v1/accounts/{staffId}/sessions                        any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/accounts/{staffId}/identity-links                    any     | 403  403  403  403  | 403  yes  yes  403  | 403  403  401  | 401  401
POST /api/v1/accounts/{staffId}/identity-links                    any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
DELETE /api/v1/accounts/{staffId}/identity-links/{linkId}         any     | 403  403  403  403  | 403  yes  403  403  | 403  403  401  | 401  401
GET  /api/v1/keys                                                 any     | 403  403  403  403  | 403  yes  yes  403  | 403  403  401  | 401  401
POST /api/v1/keys/rotate                                          any     | 403  403  403  403  | 403  403  yes  403  | 403  403  401  | 401  401
POST /api/v1/patients/{patientId}/erase                           any     | 403  403  403  403  | 403  403  yes  403  | 403  403  401  | 401  401
GET  /api/v1/audit                                                any     | 403  403  403  403  | 403  403  yes  yes  | 403  403  401  | 401  401
GET  /api/v1/audit/export                                         any     | 403  403  403  403  | 403  403  yes  yes  | 403  403  401  | 401  401
GET  /api/v1/audit/summary                                        any     | 403  403  403  403  | 403  403  yes  yes  | 403  403  401  | 401  401
POST /api/v1/audit/patients                                       any     | 403  403  403  403  | 403  403  yes  yes  | 403  403  401  | 401  401
GET  /api/v1/audit/chain                                          any     | 403  403  403  403  | 403  403  yes  yes  | 403  403  401  | 401  401
POST /api/v1/audit/verifications                                  any     | 403  403  403  403  | 403  403  yes  yes  | 403  403  401  | 401  401
GET  /api/v1/audit/verifications/{verificationId}                 any     | 403  403  403  403  | 403  403  yes  yes  | 403  403  401  | 401  401
GET  /api/v1/audit/{seq}/proof                                    any     | 403  403  403  403  | 403  403  yes  yes  | 403  403  401  | 401  401
GET  /api/v1/fhir/AuditEvent/{id}                                 any     | 403  403  403  403  | 403  403  yes  yes  | 403  403  401  | 401  401
GET  /api/v1/fhir/AuditEvent                                      any     | 403  403  403  403  | 403  403  yes  yes  | 403  403  401  | 401  401
GET  /api/v1/patients/{patientId}/access-report                   any     | 403  403  403  403  | 403  403  yes  yes  | 403  403  401  | 401  401
GET  /api/v1/audit/holds                                          any     | 403  403  403  403  | 403  403  yes  403  | 403  403  401  | 401  401
POST /api/v1/audit/holds                                          any     | 403  403  403  403  | 403  403  yes  403  | 403  403  401  | 401  401
DELETE /api/v1/audit/holds/{holdId}                               any     | 403  403  403  403  | 403  403  yes  403  | 403  403  401  | 401  401
`;

/** What belongs to the person who is signed in, whoever that is. */
const OWN = `
GET  /api/v1/session                                              any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
DELETE /api/v1/session                                            any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
GET  /api/v1/sessions                                             any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
DELETE /api/v1/sessions                                           any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
DELETE /api/v1/sessions/{sessionRef}                              any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
GET  /api/v1/account                                              any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
POST /api/v1/account/password                                     any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
POST /api/v1/account/totp                                         any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
POST /api/v1/account/totp/confirm                                 any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
DELETE /api/v1/account/totp                                       any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
POST /api/v1/account/recovery-codes                               any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
POST /api/v1/account/passkeys/options                             any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
POST /api/v1/account/passkeys                                     any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
DELETE /api/v1/account/passkeys/{passkeyId}                       any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
GET  /api/v1/account/contact-methods                              any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
POST /api/v1/account/contact-methods                              any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
PATCH /api/v1/account/contact-methods/{contactId}                 any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
DELETE /api/v1/account/contact-methods/{contactId}                any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
PUT /api/v1/account/contact-order                                 any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
POST /api/v1/account/contact-methods/{contactId}/test             any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
POST /api/v1/account/contact-methods/{contactId}/confirm          any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
GET  /api/v1/account/push-key                                     any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
GET  /api/v1/account/push-subscriptions                           any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
POST /api/v1/account/push-subscriptions                           any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
DELETE /api/v1/account/push-subscriptions/{contactId}             any     | yes  yes  yes  yes  | yes  yes  yes  yes  | 403  403  401  | 401  401
`;

/** Messages of the live channel. A station and a person join the same way; `401`: the socket is not opened at all. */
const LIVE = `
LIVE /alarms.join                                                 own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  yes  | 401  401
LIVE /alarms.join                                                 other   | 403  403  403  403  | 403  403  403  403  | 403  403  403  | 401  401
LIVE /alarms.join                                                 glass   | 403  403  403  403  | 403  403  403  403  | 403  403  403  | 401  401
LIVE /vitals.join                                                 own     | yes  yes  yes  yes  | 403  403  403  403  | 403  403  yes  | 401  401
LIVE /vitals.join                                                 other   | 403  403  403  403  | 403  403  403  403  | 403  403  403  | 401  401
LIVE /vitals.join                                                 glass   | 403  403  403  403  | 403  403  403  403  | 403  403  403  | 401  401
`;

export const SECTIONS: readonly { readonly title: string; readonly rows: readonly Row[] }[] = [
  { title: 'Care', rows: rowsOf(CARE) },
  { title: 'The live channel', rows: rowsOf(LIVE) },
  { title: 'Running the house', rows: rowsOf(HOUSE) },
  { title: 'One’s own account and sessions', rows: rowsOf(OWN) },
  { title: 'Open to everybody', rows: rowsOf(PUBLIC) },
];

export const ROWS: readonly Row[] = SECTIONS.flatMap(({ rows }) => rows);

function rowsOf(text: string): Row[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [verb, path, situation, ...rest] = line.split(/[\s|]+/) as [string, string, Situation, ...Answer[]];
      const answers = rest.filter((answer) => (answer as string) !== '');
      if (answers.length !== ACTORS.length || !SITUATIONS.includes(situation)) throw new Error(`not a row: ${line}`);
      return { route: `${verb} ${path}`, situation, answers };
    });
}

const SHORT: Readonly<Record<ActorName, string>> = {
  nurse: 'nurse',
  'charge-nurse': 'charge nurse',
  physician: 'physician',
  'on-call': 'on call',
  biomed: 'biomed',
  admin: 'admin',
  'security-officer': 'security officer',
  auditor: 'auditor',
  service: 'service',
  gateway: 'gateway',
  station: 'station',
  anonymous: 'nobody',
  'page-link': 'page link',
};

/** The tables of docs/access.md. */
export function accessTables(): string {
  const head = ['route', 'where', ...ACTORS.map((actor) => SHORT[actor])];
  return SECTIONS.map(({ title, rows }) =>
    [
      `### ${title}`,
      '',
      `| ${head.join(' | ')} |`,
      `|${head.map(() => '---').join('|')}|`,
      ...rows.map(({ route, situation, answers }) => `| \`${route}\` | ${situation} | ${answers.join(' | ')} |`),
    ].join('\n'),
  ).join('\n\n');
}
