import type { BedOrder } from '../../model/bed-order.js';
import type { BedShow } from '../../model/beds-search.js';
import { t } from '../../words/words.js';

interface FilterNoteProps {
  readonly show: BedShow;
  readonly wanted: BedOrder;
  readonly onShowAll: () => void;
}

/** As long as a filter is on, it is said how many beds nobody sees here, and how many of those alarm. */
export function FilterNote({ show, wanted, onShowAll }: FilterNoteProps) {
  if (show === 'all') return null;
  const filter = t(`beds:filter.${show}`);
  const empty = show === 'mine' ? t('beds:noneMine') : t('beds:noneAlarming');
  return (
    <div className="filter-note" role="status" data-alarming={wanted.hiddenAlarming > 0}>
      <p>
        <b>{wanted.hidden === 0 ? t('beds:hiddenNone', { filter }) : t('beds:hidden', { count: wanted.hidden, filter })}</b>{' '}
        {wanted.hiddenAlarming > 0 ? t('beds:hiddenAlarming', { count: wanted.hiddenAlarming }) : ''}{' '}
        {wanted.order.length === 0 ? empty : ''}
      </p>
      <button type="button" className="button" onClick={onShowAll}>
        {t('beds:showAll')}
      </button>
    </div>
  );
}

/** What has come about and is not shown yet, because somebody points at the grid. */
export function WaitingNote({ waiting, isWaiting }: { readonly waiting: number; readonly isWaiting: boolean }) {
  if (!isWaiting) return null;
  return (
    <p className="waiting-note" role="status">
      {waiting > 0 ? t('beds:waiting', { count: waiting }) : t('beds:waitingOrder')}
    </p>
  );
}
