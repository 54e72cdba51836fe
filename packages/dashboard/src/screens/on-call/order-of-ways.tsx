import type { ContactList, ContactOrder, ContactView } from '@vigil/contracts';
import { useState } from 'react';
import { orderWays } from '../../live/contacts-api.js';
import { onCallTroubleText } from '../../model/on-call-trouble.js';
import { useSubmit } from '../../parts/form.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { wayName, waysChanged } from './ways.js';

const PRIORITIES = [
  ['high', 'onCall:orderHigh'],
  ['medium', 'onCall:orderMedium'],
  ['low', 'onCall:orderLow'],
] as const;
type Priority = keyof ContactOrder;

/** By which way first, for each priority. Nothing changes before it is kept as a whole. */
export function OrderOfWays({ list }: { list: ContactList }) {
  const { checked } = useIdentity();
  const { busy, error, run } = useSubmit();
  const [order, setOrder] = useState<ContactOrder>(list.order);
  const [isKept, setKept] = useState(false);
  const set = (priority: Priority, ids: ContactOrder[Priority]): void => {
    setOrder({ ...order, [priority]: ids });
    setKept(false);
  };
  const keep = (): void =>
    void run(async () => {
      const answer = checked(await orderWays(order));
      if (!answer.ok) return onCallTroubleText(answer.trouble);
      setKept(true);
      await waysChanged();
      return '';
    });
  return (
    <details className="order-of-ways">
      <summary>{t('onCall:orderTitle')}</summary>
      <p className="field-hint">{t('onCall:orderWhat')}</p>
      {PRIORITIES.map(([priority, word]) => (
        <fieldset key={priority}>
          <legend>{t(word)}</legend>
          <OneOrder ids={order[priority]} ways={list.items} onChange={(ids) => set(priority, ids)} />
        </fieldset>
      ))}
      <p className="form-error" role="alert">
        {error}
      </p>
      <button type="button" className="button" aria-disabled={busy} onClick={keep}>
        {busy ? t('onCall:saving') : t('onCall:keepOrder')}
      </button>
      {isKept ? <p role="status">{t('onCall:orderKept')}</p> : null}
    </details>
  );
}

function OneOrder(props: {
  readonly ids: ContactOrder[Priority];
  readonly ways: readonly ContactView[];
  readonly onChange: (ids: ContactOrder[Priority]) => void;
}) {
  const { ids, ways, onChange } = props;
  const nameOf = (id: string): string => {
    const way = ways.find(({ contactId }) => contactId === id);
    return way === undefined ? id : wayName(way);
  };
  const swapped = (at: number): ContactOrder[Priority] => {
    const next = [...ids];
    [next[at], next[at + 1]] = [next[at + 1]!, next[at]!];
    return next;
  };
  const out = ways.filter(({ contactId }) => !ids.includes(contactId));
  return (
    <>
      {ids.length === 0 ? <p className="field-hint">{t('onCall:orderNone')}</p> : null}
      <ol className="order">
        {ids.map((id, at) => (
          <li key={id}>
            <bdi>{nameOf(id)}</bdi>
            <button
              type="button"
              className="button"
              aria-label={t('onCall:wayUp', { way: nameOf(id) })}
              disabled={at === 0}
              onClick={() => onChange(swapped(at - 1))}
            >
              ↑
            </button>
            <button
              type="button"
              className="button"
              aria-label={t('onCall:wayDown', { way: nameOf(id) })}
              disabled={at === ids.length - 1}
              onClick={() => onChange(swapped(at))}
            >
              ↓
            </button>
            <button
              type="button"
              className="button"
              aria-label={t('onCall:wayOut', { way: nameOf(id) })}
              onClick={() => onChange(ids.filter((each) => each !== id))}
            >
              ✕
            </button>
          </li>
        ))}
      </ol>
      {out.map(({ contactId }) => (
        <button key={contactId} type="button" className="button small" onClick={() => onChange([...ids, contactId])}>
          {t('onCall:wayIn', { way: nameOf(contactId) })}
        </button>
      ))}
    </>
  );
}
