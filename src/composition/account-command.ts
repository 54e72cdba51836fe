import { SystemClock } from '@vigil/clock';
import { PersonRole, StaffId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { hashPassword } from '../access/password.js';
import { newTemporaryPassword, TEMPORARY_PASSWORD_MS } from '../access/temporary-passwords.js';
import { openSql } from '../adapters/sql/sql.js';
import { SqlAccounts } from '../adapters/sql/sql-accounts.js';
import { type AccountChange, type TemporaryPassword } from '../ports/accounts.js';
import { auditEntry } from '../ports/audit-trail.js';
import type { Machine } from './command-stores.js';
import { knownDatabaseOf } from './database.js';

/** What `vigil accounts …` is asked to do. */
export type AccountCommand =
  | { readonly do: 'create'; readonly username: string; readonly name: string; readonly roles: readonly string[] }
  | { readonly do: 'reset'; readonly username: string; readonly secondFactors: boolean }
  | { readonly do: 'disable' | 'enable'; readonly username: string };

/**
 * Changes an account from the machine that Vigil runs on, whether it runs or not: for the first admin of a site, and for
 * when nobody is left who can sign in. Whoever can write the data folder can do this; the audit trail says it was done.
 *
 * @returns lines for the terminal, with the temporary password where there is one
 * @throws Error with one line that says what to do
 */
export async function accountCommand({ dataDir, env }: Machine, command: AccountCommand): Promise<string[]> {
  const place = knownDatabaseOf(dataDir, env);
  const clock = new SystemClock();
  const sql = await openSql(place);
  try {
    const accounts = new SqlAccounts({ sql, clock });
    return await run(accounts, command, clock.wallMs());
  } catch (error) {
    throw error instanceof PlatformError ? new Error(advice(error, command)) : error;
  } finally {
    await sql.close();
  }
}

async function run(accounts: SqlAccounts, command: AccountCommand, wallMs: number): Promise<string[]> {
  const change = (staffId: string, action: string, detail = ''): AccountChange => {
    const known = { actor: 'system:cli', action, object: `staff:${staffId}`, outcome: 'allowed' as const, detail };
    return { audit: auditEntry(known), wallMs };
  };
  if (command.do === 'create') {
    const staffId = parsed(StaffId, command.username, 'a username here is lower-case letters, digits and hyphens');
    const roles = command.roles.map((role) => parsed(PersonRole, role, `a role is one of ${PersonRole.options.join(', ')}`));
    const { password, stored } = await temporary(wallMs);
    const account = { staffId, username: command.username, name: command.name, roles, password: stored };
    await accounts.create(account, change(staffId, 'account.create', `roles ${roles.join(',')}`));
    return said(command.username, password);
  }
  const staffId = await accounts.staffIdOf(command.username);
  if (staffId === null) throw new PlatformError('not-found');
  if (command.do === 'reset') {
    const { password, stored } = await temporary(wallMs);
    const { secondFactors } = command;
    const detail = secondFactors ? 'password and second factors' : 'password';
    await accounts.reset(staffId, { password: stored, secondFactors }, change(staffId, 'account.reset', detail));
    return said(command.username, password);
  }
  await accounts.setDisabled(staffId, command.do === 'disable', change(staffId, `account.${command.do}`));
  return [`${command.do}d ${command.username}`];
}

async function temporary(wallMs: number): Promise<{ readonly password: string; readonly stored: TemporaryPassword }> {
  const password = newTemporaryPassword();
  return { password, stored: { hash: await hashPassword(password), untilMs: wallMs + TEMPORARY_PASSWORD_MS } };
}

function said(username: string, password: string): string[] {
  return [`username  ${username}`, `password  ${password}`, 'It holds three days and must be changed at the first sign-in.'];
}

function parsed<T>(schema: { safeParse(value: unknown): { success: boolean; data?: T } }, value: string, advice: string): T {
  const { success, data } = schema.safeParse(value);
  if (!success) throw new Error(`${value}: ${advice}`);
  return data as T;
}

function advice({ code }: PlatformError, { do: what, username }: AccountCommand): string {
  if (code === 'not-found') return `there is no account ${username}`;
  if (code !== 'conflict') return `${code}: the database cannot be used now; try again`;
  return what === 'create' ? `there is an account ${username} already` : `${username} is the last admin: make another one first`;
}
