import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { staff } from '../../live/on-call-api.js';
import { lastOf, useLoad } from '../../parts/use-load.js';
import { ChooseUnit } from '../../shell/choose-unit.js';
import { t } from '../../words/words.js';
import '../../styles/on-call.css';

const PARTS = [
  ['/on-call', 'onCall:tabNow'],
  ['/on-call/rota', 'onCall:tabRota'],
  ['/on-call/policies', 'onCall:tabPolicies'],
  ['/on-call/test', 'onCall:tabTest'],
] as const;

/** The parts of on call, and the care unit that they are about. */
export function OnCallFrame({ children }: { children: (careUnitId: string) => ReactNode }) {
  return (
    <>
      <OnCallParts />
      <ChooseUnit>{children}</ChooseUnit>
    </>
  );
}

export function OnCallParts() {
  return (
    <nav className="sub-tabs on-call-parts" aria-label={t('onCall:parts')}>
      {PARTS.map(([to, word]) => (
        <Link key={to} to={to} className="button" activeOptions={{ exact: true, includeSearch: false }}>
          {t(word)}
        </Link>
      ))}
    </nav>
  );
}

/** Everybody's name; the id of whoever is not known, or not yet. */
export function useNames(): { readonly nameOf: (staffId: string) => string; readonly people: readonly Person[] } {
  const { load } = useLoad(['staff'], staff);
  const people = lastOf(load)?.items ?? [];
  const names = new Map(people.map(({ staffId, name }) => [staffId as string, name]));
  return { nameOf: (staffId) => names.get(staffId) ?? staffId, people };
}

export interface Person {
  readonly staffId: string;
  readonly name: string;
}
