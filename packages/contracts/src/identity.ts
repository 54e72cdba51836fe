import { z } from 'zod';
import { CareUnitId, EpochMs, StaffId } from './ids.js';
import { Session, TokenSession } from './rest.js';
import { Role } from './role.js';

/**
 * How somebody showed who they are: `password`, `totp`, `recovery-code`, `passkey`, or `oidc` and `oidc:<amr>` where an
 * identity provider says how.
 */
export const SignInMethod = z.string().regex(/^[a-z][a-z0-9:._-]{0,39}$/, 'a way of signing in');
export type SignInMethod = z.infer<typeof SignInMethod>;

/** Names one session in lists and in audit rows. Nobody signs in with it. */
export const SessionRef = z.string().regex(/^[0-9a-f]{16}$/, 'a session reference');
export type SessionRef = z.infer<typeof SessionRef>;

/** Opaque and single-use: carries a sign-in or an enrolment from one step to the next, for five minutes. */
export const Ticket = z.string().min(20).max(100);

/** Six digits of an authenticator app, or a recovery code `xxxx-xxxx-xxxx`. Blanks and case do not matter. */
export const OneTimeCode = z.string().min(6).max(32);

const Username = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._@-]*$/u, 'letters, digits, and . _ @ - after the first');
/** 12 to 256 characters; what else a password must not be is said by the answer (see `docs/adr/0022`). */
const NewPassword = z.string().min(1).max(512);

/** Members that a 401 problem has beside those of `Problem` when the password was right and something is missing. */
export const SignInStep = z.object({
  /** Goes into the next request of the sign-in. */
  ticket: Ticket,
  expiresAtMs: EpochMs,
  /** `second-factor-required`: what this person has. A passkey signs in by itself, without the ticket. */
  methods: z.array(z.enum(['totp', 'recovery-code', 'passkey'])).optional(),
});
export type SignInStep = z.infer<typeof SignInStep>;

/** `POST /api/v1/session/second-factor` */
export const SecondFactorRequest = z.strictObject({ ticket: Ticket, code: OneTimeCode });
/** `POST /api/v1/session/password`: the change that a temporary password demands at sign-in. */
export const RequiredPasswordChange = z.strictObject({ ticket: Ticket, newPassword: NewPassword });
/** `POST /api/v1/session/second-factor/enrolment` */
export const EnrolmentRequest = z.strictObject({ ticket: Ticket });

/** What an authenticator app needs; `uri` goes into a QR code. Shown once and never stored in the open. */
export const TotpEnrolment = z.object({ ticket: Ticket, expiresAtMs: EpochMs, secret: z.string(), uri: z.string() });
export type TotpEnrolment = z.infer<typeof TotpEnrolment>;
/** The first code of the app: proves that it was set up before anything depends on it. */
export const TotpConfirmation = z.strictObject({ ticket: Ticket, code: OneTimeCode });
/** Shown once. `session` replaces the one before. */
export const TotpEnrolled = z.object({ recoveryCodes: z.array(z.string()), session: z.union([Session, TokenSession]) });
export type TotpEnrolled = z.infer<typeof TotpEnrolled>;
export const RecoveryCodes = z.object({ recoveryCodes: z.array(z.string()) });

/** `POST /api/v1/session/passkey/options`. With a name, a passkey of somebody else is refused. */
export const PasskeySignInRequest = z.strictObject({ username: Username.optional() });
/** `options` goes to `navigator.credentials.get` as it is (WebAuthn Level 3, JSON forms). */
export const PasskeySignInOptions = z.object({
  ticket: Ticket,
  expiresAtMs: EpochMs,
  options: z.record(z.string(), z.unknown()),
});
export type PasskeySignInOptions = z.infer<typeof PasskeySignInOptions>;

const Base64Url = z.string().regex(/^[A-Za-z0-9_-]*$/, 'base64url');
/** 1,023 bytes at most (WebAuthn Level 3, section 4, "Credential ID"). */
const CredentialId = Base64Url.min(1).max(1_400);
/** Type, challenge and origin as JSON; ours has some 200 bytes. */
const ClientData = Base64Url.max(2_800);
/** 37 bytes and extensions. */
const AuthenticatorData = Base64Url.max(1_400);
/** Of RSA with 4,096 bits, 512 bytes; of ML-DSA-87, 4,627. */
const Signature = Base64Url.max(6_400);
/** 64 bytes at most (WebAuthn Level 3, section 5.4.3). */
const UserHandle = Base64Url.max(88);
/** With the certificates of an attestation; half of what a body may have. */
const AttestationObject = Base64Url.max(32_768);

/** `POST /api/v1/session/passkey/verify`: AuthenticationResponseJSON of the browser. */
export const PasskeySignIn = z.strictObject({
  ticket: Ticket,
  credential: z.object({
    id: CredentialId,
    rawId: CredentialId,
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON: ClientData,
      authenticatorData: AuthenticatorData,
      signature: Signature,
      userHandle: UserHandle.optional(),
    }),
  }),
});
export type PasskeySignIn = z.infer<typeof PasskeySignIn>;

/** `POST /api/v1/account/passkeys/options`: goes to `navigator.credentials.create` as it is. */
export const PasskeyEnrolmentOptions = PasskeySignInOptions;
/** `POST /api/v1/account/passkeys`: RegistrationResponseJSON of the browser, and the name under which it is listed. */
export const NewPasskey = z.strictObject({
  ticket: Ticket,
  name: z.string().regex(/\S/, 'not only blanks').trim().min(1).max(60),
  credential: z.object({
    id: CredentialId,
    rawId: CredentialId,
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON: ClientData,
      attestationObject: AttestationObject,
      transports: z.array(z.string().max(20)).max(10).optional(),
    }),
  }),
});
export type NewPasskey = z.infer<typeof NewPasskey>;

export const PasskeyId = z.string().regex(/^pk-[0-9a-f]{16}$/, 'a passkey id');
export const Passkey = z.object({
  passkeyId: PasskeyId,
  name: z.string(),
  createdMs: EpochMs,
  lastUsedMs: EpochMs.nullable(),
  /** Kept in a cloud account, so that it is on several devices of the person. */
  synced: z.boolean(),
});
export type Passkey = z.infer<typeof Passkey>;

/** `GET /api/v1/account`: how the person who asks signs in. */
export const OwnAccount = z.object({
  staffId: StaffId,
  username: z.string(),
  /** False: sign-in by passkey or by an identity provider. */
  hasPassword: z.boolean(),
  /** Null where it was never changed. */
  passwordChangedMs: EpochMs.nullable(),
  secondFactorRequired: z.boolean(),
  totp: z.boolean(),
  recoveryCodesLeft: z.number().int(),
  passkeys: z.array(Passkey),
});
export type OwnAccount = z.infer<typeof OwnAccount>;

/** `POST /api/v1/account/password`: all other sessions of the person end, and this one gets a new token. */
export const PasswordChange = z.strictObject({ oldPassword: z.string().min(1).max(512), newPassword: NewPassword });

/** `GET /api/v1/sessions`: those of the person who asks. */
export const OwnSession = z.object({
  sessionRef: SessionRef,
  startedMs: EpochMs,
  lastUsedMs: EpochMs,
  expiresAtMs: EpochMs,
  methods: z.array(SignInMethod),
  /** Address that the session was opened from. */
  ip: z.string(),
  current: z.boolean(),
});
export type OwnSession = z.infer<typeof OwnSession>;

/** Roles of people. `service` belongs to programs. */
export const PersonRole = Role.exclude(['service']);
export type PersonRole = z.infer<typeof PersonRole>;
const Roles = z
  .array(PersonRole)
  .max(8)
  .refine((roles) => new Set(roles).size === roles.length, 'each role once')
  .meta({ uniqueItems: true });

/** `GET /api/v1/accounts` */
export const AccountView = z.object({
  staffId: StaffId,
  username: z.string(),
  name: z.string(),
  roles: z.array(Role),
  disabled: z.boolean(),
  /** A temporary password was given and not changed yet. */
  passwordTemporary: z.boolean(),
  hasPassword: z.boolean(),
  totp: z.boolean(),
  passkeys: z.number().int(),
  sessions: z.number().int(),
});
export type AccountView = z.infer<typeof AccountView>;

/** `POST /api/v1/accounts`: for somebody who is staff already, or who becomes it now. */
export const NewAccount = z.strictObject({
  staffId: StaffId,
  username: Username,
  name: z.string().regex(/\S/, 'not only blanks').trim().min(1).max(80),
  roles: Roles,
  /** False: no password; an identity provider signs the person in. */
  password: z.boolean().default(true),
});
export type NewAccount = z.infer<typeof NewAccount>;

/** `temporaryPassword` is shown this once, holds for three days, and must be changed at the first sign-in. */
export const AccountCreated = z.object({ account: AccountView, temporaryPassword: z.string().nullable() });
export type AccountCreated = z.infer<typeof AccountCreated>;

/** `PUT /api/v1/accounts/{staffId}/roles` */
export const RolesChange = z.strictObject({ roles: Roles });
/** `POST /api/v1/accounts/{staffId}/reset`: a new temporary password; with `secondFactors`, those are taken away too. */
export const AccountReset = z.strictObject({ secondFactors: z.boolean().default(false) });

export const StationId = z.string().regex(/^st-[0-9a-f]{12}$/, 'a station id');
export type StationId = z.infer<typeof StationId>;
/** A screen of one care unit that shows its beds and alarms whether or not anybody is signed in. */
export const Station = z.object({
  stationId: StationId,
  careUnitId: CareUnitId,
  label: z.string(),
  /** `waiting`: its code was not used yet. */
  state: z.enum(['waiting', 'enrolled', 'revoked']),
  createdMs: EpochMs,
  /** In steps of a minute. */
  lastSeenMs: EpochMs.nullable(),
  /** Somebody said that it may be dark until then; only in lists, and left out where nobody did. Wall time. */
  offUntilMs: EpochMs.optional(),
});
export type Station = z.infer<typeof Station>;
/** `POST /api/v1/stations` */
export const NewStation = z.strictObject({
  careUnitId: CareUnitId,
  label: z.string().regex(/\S/, 'not only blanks').trim().min(1).max(60),
});
/** The code is shown this once, works once and for 15 minutes. */
export const StationCreated = z.object({ station: Station, enrolmentCode: z.string(), codeExpiresAtMs: EpochMs });
export type StationCreated = z.infer<typeof StationCreated>;
/** `POST /api/v1/station-session` */
export const StationEnrolment = z.strictObject({ code: z.string().min(8).max(40) });
