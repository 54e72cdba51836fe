import { Link } from '@tanstack/react-router';
import type { BedView, Patient } from '@vigil/contracts';
import { type CSSProperties, type ReactNode, useLayoutEffect, useState } from 'react';
import { ageText } from '../../model/age-text.js';
import { birthDateText } from '../../model/format.js';
import { personName } from '../../model/identity-check.js';
import { useIdentity } from '../../shell/identity.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

/** Who this screen is about. It never scrolls away: whatever is read or pressed below is about this person. */
export function BedBanner({ view, who }: { view: Pick<BedView, 'label' | 'encounter' | 'nurses'>; who: Patient | null }) {
  const { serverNowMs } = useIdentity();
  const top = useBarHeight();
  const { encounter, nurses } = view;
  const nurse = nurses.find(({ role }) => role === 'primary') ?? nurses[0];
  const birthDate = who?.birthDate ?? encounter?.birthDate ?? '';
  const age = birthDate ? ageText(birthDate, serverNowMs()) : '';
  const date = birthDate ? birthDateText(birthDate) : '';
  const name = who ? personName(who) : plainText(encounter?.displayName ?? '');
  return (
    <header className="bed-banner" aria-label={t('bed:patient')} role="group" style={{ '--bar': `${top}px` } as CSSProperties}>
      <Link className="button small" to="/">
        {t('bed:backToBeds')}
      </Link>
      <h1>
        <bdi>{plainText(view.label)}</bdi>
      </h1>
      <dl>
        <Fact name={t('bed:name')} isName>
          {encounter?.nameMissing && !who ? t('bed:nameUnreadable') : name}
        </Fact>
        <Fact name={t('bed:born')}>
          {encounter?.ageUnknown ? t('bed:ageUnknown') : age ? t('bed:bornAge', { date, age }) : date}
        </Fact>
        {who ? <Fact name={t('bed:mrn')}>{plainText(who.mrn)}</Fact> : null}
        {who ? <Fact name={t('bed:sex')}>{t(`bed:sex.${who.sex}`)}</Fact> : null}
        <Fact name={t('bed:nurse')}>{nurse ? plainText(nurse.name) : t('bed:noNurse')}</Fact>
      </dl>
    </header>
  );
}

function Fact({ name, isName = false, children }: { name: string; isName?: boolean; children: ReactNode }) {
  return (
    <div data-name={isName}>
      <dt>{name}</dt>
      <dd>
        <bdi>{children}</bdi>
      </dd>
    </div>
  );
}

/** The alarm bar is never covered: the banner stands below it, however many lines it has. */
function useBarHeight(): number {
  const [height, setHeight] = useState(0);
  useLayoutEffect(() => {
    const bar = document.querySelector('.bar');
    if (!bar) return undefined;
    const observer = new ResizeObserver(() => setHeight(bar.getBoundingClientRect().height));
    observer.observe(bar);
    return () => observer.disconnect();
  }, []);
  return height;
}
