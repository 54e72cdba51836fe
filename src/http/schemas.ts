import * as contracts from '@vigil/contracts';
import { z } from 'zod';

/** What the API takes and gives, by the name under which the OpenAPI document has it. */
export const SCHEMAS = {
  Problem: contracts.Problem,
  Login: contracts.Login,
  SessionUser: contracts.SessionUser,
  Session: contracts.Session,
  TokenSession: contracts.TokenSession,
  CareUnit: contracts.CareUnit,
  CareUnitList: contracts.listOf(contracts.CareUnit),
  Bed: contracts.BedView,
  BedList: contracts.listOf(contracts.BedView),
  Patient: contracts.Patient,
  PatientList: contracts.listOf(contracts.Patient),
  NewPatient: contracts.NewPatient,
  Encounter: contracts.Encounter,
  EncounterList: contracts.listOf(contracts.Encounter),
  /** By name, because it holds itself. */
  RuleExpression: contracts.RuleExpression,
  RuleSet: contracts.RuleSet,
  RuleSetVersion: contracts.RuleSetVersion,
  RuleSetVersionList: contracts.listOf(contracts.RuleSetVersion),
  RuleSetDetail: contracts.RuleSetDetail,
  RuleSetDiff: contracts.RuleSetDiff,
  NewRuleSet: contracts.NewRuleSet,
  RuleSetReason: contracts.RuleSetReason,
  RuleSetApproval: contracts.RuleSetApproval,
  RuleSetSchedule: contracts.RuleSetSchedule,
  StayLimits: contracts.StayLimits,
  StayLimitsList: contracts.listOf(contracts.StayLimits),
  SetStayLimits: contracts.SetStayLimits,
  UnitLimitsList: contracts.listOf(contracts.UnitLimitsRow),
  StayProfile: contracts.StayProfile,
  SetStayProfile: contracts.SetStayProfile,
  ChartRequest: contracts.ChartRequest,
  ChartedObservations: contracts.ChartedObservations,
  StayScores: contracts.StayScores,
  ScoreViewList: contracts.listOf(contracts.ScoreView),
  ScoreSettings: contracts.ScoreSettings,
  SetScoreSettings: contracts.SetScoreSettings,
  AdmitRequest: contracts.AdmitRequest,
  DischargeRequest: contracts.DischargeRequest,
  TransferRequest: contracts.TransferRequest,
  StaffMember: contracts.StaffMember,
  StaffMemberList: contracts.listOf(contracts.StaffMember),
  StaffAssignment: contracts.StaffAssignment,
  StaffAssignmentList: contracts.listOf(contracts.StaffAssignment),
  NewStaffAssignment: contracts.NewStaffAssignment,
  Alarm: contracts.AlarmView,
  AlarmList: contracts.listOf(contracts.AlarmView),
  CommandResult: contracts.CommandResult,
  History: contracts.History,
  Explanation: contracts.Explanation,
  AlarmPath: contracts.AlarmPath,
  GapPaths: contracts.GapPaths,
  VendorExport: contracts.VendorExport,
  FleetDevice: contracts.FleetDevice,
  FleetDeviceList: contracts.listOf(contracts.FleetDevice),
  FleetGateway: contracts.FleetGateway,
  FleetGatewayList: contracts.listOf(contracts.FleetGateway),
  DeadLetterRow: contracts.DeadLetterRow,
  DeadLetterRowList: contracts.listOf(contracts.DeadLetterRow),
  RejectRow: contracts.RejectRow,
  RejectRowList: contracts.listOf(contracts.RejectRow),
  AuditRow: contracts.AuditRow,
  AuditRowList: contracts.listOf(contracts.AuditRow),
  AuditProof: contracts.AuditProof,
  AuditHold: contracts.AuditHold,
  AuditHoldList: contracts.listOf(contracts.AuditHold),
  NewAuditHold: contracts.NewAuditHold,
  AccessReport: contracts.AccessReport,
  AuditEvent: contracts.AuditEvent,
  AuditEventBundle: contracts.AuditEventBundle,
  PatientSearchResult: contracts.PatientSearchResult,
  OpenBreakGlass: contracts.OpenBreakGlass,
  BreakGlassGrant: contracts.BreakGlassGrant,
  BreakGlassGrantList: contracts.listOf(contracts.BreakGlassGrant),
  ReviewBreakGlass: contracts.ReviewBreakGlass,
  PagerView: contracts.PagerView,
  GatewayConfig: contracts.GatewayConfig,
  PatientSearch: contracts.PatientSearch,
  EraseRequest: contracts.EraseRequest,
  EraseResult: contracts.EraseResult,
  RotateRequest: contracts.RotateRequest,
  KeyStatus: contracts.KeyStatus,
  CspReports: contracts.CspReports,
  SignInMethods: contracts.SignInMethods,
  BackchannelLogout: contracts.BackchannelLogout,
  SecondFactorRequest: contracts.SecondFactorRequest,
  RequiredPasswordChange: contracts.RequiredPasswordChange,
  EnrolmentRequest: contracts.EnrolmentRequest,
  TotpEnrolment: contracts.TotpEnrolment,
  TotpConfirmation: contracts.TotpConfirmation,
  TotpEnrolled: contracts.TotpEnrolled,
  RecoveryCodes: contracts.RecoveryCodes,
  PasskeySignInRequest: contracts.PasskeySignInRequest,
  PasskeySignInOptions: contracts.PasskeySignInOptions,
  PasskeySignIn: contracts.PasskeySignIn,
  NewPasskey: contracts.NewPasskey,
  Passkey: contracts.Passkey,
  OwnAccount: contracts.OwnAccount,
  PasswordChange: contracts.PasswordChange,
  OwnSession: contracts.OwnSession,
  OwnSessionList: contracts.listOf(contracts.OwnSession),
  Account: contracts.AccountView,
  AccountList: contracts.listOf(contracts.AccountView),
  NewAccount: contracts.NewAccount,
  AccountCreated: contracts.AccountCreated,
  RolesChange: contracts.RolesChange,
  AccountReset: contracts.AccountReset,
  Station: contracts.Station,
  StationList: contracts.listOf(contracts.Station),
  NewStation: contracts.NewStation,
  StationCreated: contracts.StationCreated,
  StationEnrolment: contracts.StationEnrolment,
  IdentityLink: contracts.IdentityLink,
  IdentityLinkList: contracts.listOf(contracts.IdentityLink),
  NewIdentityLink: contracts.NewIdentityLink,
  Health: z.object({
    ready: z.boolean(),
    parts: z.array(z.object({ name: z.string(), ready: z.boolean(), reason: z.string() })),
  }),
} as const satisfies Record<string, z.ZodType>;

export type SchemaName = keyof typeof SCHEMAS;

export const schemaRef = (name: SchemaName): { readonly $ref: string } => ({ $ref: `#/components/schemas/${name}` });

/** All of them as JSON Schema (2020-12, which OpenAPI 3.1 uses), referring to each other by name. */
export function jsonSchemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id });
  // Input form: what a caller may leave out is optional, and answers may gain fields later.
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, schema]) => {
      const { $schema: _dialect, $id: _id, ...rest } = schema as Record<string, unknown>;
      return [id, rest];
    }),
  );
}

/** One schema without a name: a query or path parameter. */
export function inlineSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input' }) as Record<string, unknown>;
  return rest;
}
