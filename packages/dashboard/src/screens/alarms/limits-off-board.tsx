import { Link } from '@tanstack/react-router';
import type { LimitsOffRow } from '@vigil/contracts';
import { useEffect, useState } from 'react';
import { limitsOff } from '../../live/alarm-api.js';
import { boardRows, offText, rowKey } from '../../model/board.js';
import { clockText, durationText } from '../../model/format.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { Table, TroubleNote, whenText } from '../../parts/parts.js';
import { Ticker } from '../../parts/ticker.js';
import { useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';
import { BoardAction } from './board-action.js';
import '../../styles/alarm-page.css';

/** While the live channel says nothing of it. */
const AGAIN_MS = 10_000;

interface Board {
  readonly rows: readonly LimitsOffRow[];
  readonly cut: boolean;
}

/** Live where the channel brings it; else as the server answers, again and again. */
function useBoard() {
  const station = useStation();
  const { user } = useIdentity();
  const live = useSignal(station.feeds.limitsOff);
  const key = ['limits-off', station.careUnitId];
  const { load, again } = useLoad(user && !live ? key : null, () => limitsOff(station.careUnitId), { everyMs: AGAIN_MS });
  const board: Board | null = live ?? (load.kind === 'ready' ? { rows: load.value.items, cut: load.value.next !== null } : null);
  return { board, load, again };
}

/** Everything by which the beds of this unit alarm less than the unit would have it: gone through at hand-over, printed for it. */
export function LimitsOffBoard() {
  const station = useStation();
  const { user, signIn } = useIdentity();
  const unit = useSignal(station.unit);
  const { board, load, again } = useBoard();
  const [atMs, setAtMs] = useState<number | null>(null);
  useEffect(() => setAtMs(station.now()?.wallMs ?? null), [station, board]);
  if (board === null) {
    if (load.kind === 'failed') return <TroubleNote trouble={load.trouble} again={again} />;
    if (user) return <p className="quiet">{t('alarms:asking')}</p>;
    return (
      <p className="quiet">
        <button type="button" className="button" onClick={signIn}>
          {t('common:signIn')}
        </button>
      </p>
    );
  }
  const head = [t('alarms:bed'), t('alarm:boardWhat'), t('alarm:boardSince'), t('alarm:boardUntil'), t('alarm:boardDo')];
  return (
    <section className="board" aria-labelledby="board-title">
      <h2 id="board-title">{t('alarm:boardTitle')}</h2>
      <p className="print-only">
        {t('alarm:handOver', {
          unit: unit?.label ?? station.careUnitId,
          time: whenText(atMs ?? Date.now()),
          name: user?.name ?? '',
        })}
      </p>
      <p className="soft no-print">
        {t('alarm:boardNote')} {atMs === null ? '' : t('alarm:boardAt', { time: clockText(atMs) })}{' '}
        <button type="button" className="button small" onClick={() => print()}>
          {t('alarms:print')}
        </button>
      </p>
      {board.rows.length === 0 ? (
        <p className="quiet">{t('alarm:boardEmpty')}</p>
      ) : (
        <Table label={t('alarm:tableOf', { what: t('alarm:boardTitle') })} head={head}>
          {boardRows(board.rows).map((row) => (
            <Line key={rowKey(row)} row={row} />
          ))}
        </Table>
      )}
      {board.cut ? <p className="alarm-note">{t('alarms:boardCut')}</p> : null}
    </section>
  );
}

function Line({ row }: { row: LimitsOffRow }) {
  const unit = useSignal(useStation().unit);
  const there = row.bedId === null ? null : unit?.beds.get(row.bedId)?.encounter;
  const name = there && there.encounterId === row.encounterId ? there.displayName : '';
  const isWall = row.kind === 'audio-paused';
  const { sinceMs, untilMs } = row;
  return (
    <tr data-kind={row.kind}>
      <th scope="row">
        {row.bedLabel === null ? (
          t('alarm:wholeUnit')
        ) : row.bedId === null ? (
          plainText(row.bedLabel)
        ) : (
          <Link to="/b/$bedId" params={{ bedId: row.bedId }}>
            {plainText(row.bedLabel)}
          </Link>
        )}
        {name ? (
          <span className="board-name">
            <bdi>{plainText(name)}</bdi>
          </span>
        ) : null}
      </th>
      <td>
        {offText(row)}
        {row.deviceId === null ? null : (
          <span className="soft">
            {' '}
            <bdi>{plainText(row.deviceId)}</bdi>
          </span>
        )}
      </td>
      <td>
        {sinceMs === null ? (
          t('alarm:unknownSince')
        ) : (
          <>
            {clockText(sinceMs)}
            <br />
            <Ticker
              even
              className="soft"
              text={(now) => (now ? t('alarm:ago', { time: durationText((isWall ? now.wallMs : now.eventMs) - sinceMs) }) : '')}
            />
          </>
        )}
      </td>
      <td>
        {untilMs === null ? (
          t('alarm:noEnd')
        ) : (
          <>
            {clockText(untilMs)}
            <br />
            <Ticker
              even
              className="soft"
              text={(now) => (now ? t('alarm:left', { time: durationText(untilMs - (isWall ? now.wallMs : now.eventMs)) }) : '')}
            />
          </>
        )}
      </td>
      <td>
        <BoardAction row={row} />
      </td>
    </tr>
  );
}
