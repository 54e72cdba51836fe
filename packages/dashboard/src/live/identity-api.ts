import {
  OwnAccount,
  OwnSession,
  Passkey,
  PasskeySignInOptions,
  RecoveryCodes,
  Session,
  SignInMethods,
  Station,
  TotpEnrolled,
  TotpEnrolment,
  listOf,
} from '@vigil/contracts';
import type { PublicKeyCredentialCreationOptionsJSON, PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/browser';
import type { z } from 'zod';
import { type Answer, troubleOf } from './problem.js';
import { request } from './request.js';

const SESSION = '/api/v1/session';
const ACCOUNT = '/api/v1/account';

/** `GET` of the session; as background it only looks, otherwise it is an act of the person that pushes the idle end on. */
export const askSession = (background: boolean): Promise<Answer<Session>> => request('GET', SESSION, Session, { background });
export const methods = (): Promise<Answer<SignInMethods>> => request('GET', `${SESSION}/methods`, SignInMethods);

export const password = (username: string, typed: string): Promise<Answer<Session>> =>
  request('POST', SESSION, Session, { body: { username, password: typed } });
export const secondFactor = (ticket: string, code: string): Promise<Answer<Session>> =>
  request('POST', `${SESSION}/second-factor`, Session, { body: { ticket, code } });
export const requiredPassword = (ticket: string, newPassword: string): Promise<Answer<Session>> =>
  request('POST', `${SESSION}/password`, Session, { body: { ticket, newPassword } });
export const beginEnrolment = (ticket: string): Promise<Answer<TotpEnrolment>> =>
  request('POST', `${SESSION}/second-factor/enrolment`, TotpEnrolment, { body: { ticket } });
export const confirmEnrolment = (ticket: string, code: string): Promise<Answer<TotpEnrolled>> =>
  request('POST', `${SESSION}/second-factor/enrolment/confirm`, TotpEnrolled, { body: { ticket, code } });

export const passkeysWork = (): boolean => typeof window.PublicKeyCredential === 'function';
/** Only whoever uses a passkey needs it. */
const webAuthn = () => import('@simplewebauthn/browser');

/** Asks the browser for a passkey of this site; no name is needed. `passkey-refused` when the person or the browser said no. */
export async function passkeySignIn(): Promise<Answer<Session>> {
  const begun = await request('POST', `${SESSION}/passkey/options`, PasskeySignInOptions, { body: {} });
  if (!begun.ok) return begun;
  const { ticket, options } = begun.value;
  try {
    const optionsJSON = options as unknown as PublicKeyCredentialRequestOptionsJSON;
    const { id, rawId, type, response } = await (await webAuthn()).startAuthentication({ optionsJSON });
    const { clientDataJSON, authenticatorData, signature, userHandle } = response;
    const shown = { clientDataJSON, authenticatorData, signature, ...(userHandle ? { userHandle } : {}) };
    const body = { ticket, credential: { id, rawId, type, response: shown } };
    return await request('POST', `${SESSION}/passkey/verify`, Session, { body });
  } catch {
    return { ok: false, trouble: troubleOf('passkey-refused') };
  }
}

export const ownAccount = (): Promise<Answer<OwnAccount>> => request('GET', ACCOUNT, OwnAccount);
export const changePassword = (oldPassword: string, newPassword: string): Promise<Answer<Session>> =>
  request('POST', `${ACCOUNT}/password`, Session, { body: { oldPassword, newPassword } });
export const beginTotp = (): Promise<Answer<TotpEnrolment>> => request('POST', `${ACCOUNT}/totp`, TotpEnrolment);
export const confirmTotp = (ticket: string, code: string): Promise<Answer<TotpEnrolled>> =>
  request('POST', `${ACCOUNT}/totp/confirm`, TotpEnrolled, { body: { ticket, code } });
export const removeTotp = (): Promise<Answer<void>> => request('DELETE', `${ACCOUNT}/totp`, null);
export const newRecoveryCodes = (): Promise<Answer<z.infer<typeof RecoveryCodes>>> =>
  request('POST', `${ACCOUNT}/recovery-codes`, RecoveryCodes);
export const removePasskey = (passkeyId: string): Promise<Answer<void>> =>
  request('DELETE', `${ACCOUNT}/passkeys/${encodeURIComponent(passkeyId)}`, null);

/** Has the browser make a passkey for this site, and keeps it under `name`. */
export async function addPasskey(name: string): Promise<Answer<Passkey>> {
  const begun = await request('POST', `${ACCOUNT}/passkeys/options`, PasskeySignInOptions);
  if (!begun.ok) return begun;
  const { ticket, options } = begun.value;
  try {
    const optionsJSON = options as unknown as PublicKeyCredentialCreationOptionsJSON;
    const { id, rawId, type, response } = await (await webAuthn()).startRegistration({ optionsJSON });
    const { clientDataJSON, attestationObject, transports } = response;
    const made = { clientDataJSON, attestationObject, ...(transports ? { transports } : {}) };
    return await request('POST', `${ACCOUNT}/passkeys`, Passkey, {
      body: { ticket, name, credential: { id, rawId, type, response: made } },
    });
  } catch {
    return { ok: false, trouble: troubleOf('passkey-refused') };
  }
}

const OwnSessions = listOf(OwnSession);
export const ownSessions = (): Promise<Answer<z.infer<typeof OwnSessions>>> => request('GET', '/api/v1/sessions', OwnSessions);
export const endSession = (ref: string): Promise<Answer<void>> => request('DELETE', `/api/v1/sessions/${ref}`, null);
export const endOtherSessions = (): Promise<Answer<void>> => request('DELETE', '/api/v1/sessions', null);

/** Which station this screen is; null when it is none, `unauthenticated` when it is one no longer. */
export const stationHere = (): Promise<Answer<Station | null>> => request('GET', '/api/v1/station-session', Station.nullable());
export const enrolStation = (code: string): Promise<Answer<Station>> =>
  request('POST', '/api/v1/station-session', Station, { body: { code } });
