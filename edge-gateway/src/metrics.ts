import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Everything the gateway counts, in a registry of its own. No label ever holds an id of a bed or
 * patient; those of `device-metrics.ts` alone name devices. */
export class GatewayMetrics {
  readonly registry = new Registry();

  readonly accepted = this.counter('vigil_gateway_messages_accepted_total', 'Messages stored and acknowledged.');
  readonly readings = this.counter('vigil_gateway_readings_accepted_total', 'Readings in those messages.');
  readonly zeroes = this.counter('vigil_gateway_zero_readings_total', 'Zero rates that became "no value".');
  readonly noValueCodes = this.counter(
    'vigil_gateway_no_value_codes_total',
    'Values that are a code for "no value" and became that.',
    ['metric'],
  );
  readonly deviceAlarms = this.counter('vigil_gateway_device_alarms_total', 'Alarms of the devices themselves, passed on.');
  readonly neverArrived = this.counter(
    'vigil_gateway_never_arrived_total',
    'Messages that the numbering skips, declared as gaps.',
  );
  readonly rejected = this.counter('vigil_gateway_rejected_total', 'Refused messages or readings.', ['reason']);
  readonly duplicates = this.counter('vigil_gateway_duplicates_total', 'Messages that were on the spool already.');
  readonly clockSuspect = this.counter('vigil_gateway_clock_suspect_total', 'Messages whose device clock was out by too much.');

  readonly clockSteps = this.counter('vigil_gateway_clock_steps_total', "Times that the gateway's own clock was set.");
  readonly clockOffsetSeconds = this.gauge(
    'vigil_gateway_clock_offset_seconds',
    'How far the wall clock is ahead of the time that the gateway works with.',
  );

  readonly sessionContests = this.counter(
    'vigil_gateway_session_contests_total',
    'Newcomers to a session that somebody held, by how it ended.',
    ['result'],
  );
  readonly faults = this.counter('vigil_gateway_faults_total', 'Faults of devices and of the gateway that began.', ['fault']);
  readonly faultsStanding = this.gauge('vigil_gateway_faults_standing', 'Faults that hold now.', ['fault']);
  readonly faultsDropped = this.counter('vigil_gateway_faults_dropped_total', 'Faults beyond the number that is kept.');

  readonly connections = this.gauge('vigil_gateway_connections', 'Devices connected now.');
  readonly refusedConnections = this.counter('vigil_gateway_connections_refused_total', 'Connections refused or cut.', [
    'reason',
  ]);

  /** What is read when somebody asks. */
  readonly sources: { certificateDays: (() => number) | null } = { certificateDays: null };
  readonly certificateDays = new Gauge({
    name: 'vigil_gateway_certificate_days',
    help: "Days until devices refuse the gateway's certificate; negative once they do. Absent without TLS.",
    registers: [this.registry],
    collect: () => {
      const days = this.sources.certificateDays?.();
      if (days === undefined) this.certificateDays.remove();
      else this.certificateDays.set(days);
    },
  });

  readonly spoolBytes = this.gauge('vigil_gateway_spool_bytes', 'Bytes of all spool segments.');
  readonly spoolPending = this.gauge('vigil_gateway_spool_pending', 'Records the log has not settled.');
  readonly spoolOldestSeconds = this.gauge('vigil_gateway_spool_oldest_seconds', 'Age of the oldest of them, wall time.');
  readonly spoolWithheld = this.gauge(
    'vigil_gateway_spool_withheld',
    '1 while PUBACK is withheld because nothing can be stored.',
  );
  readonly spoolWriteErrors = this.counter('vigil_gateway_spool_write_errors_total', 'Failed writes or syncs of the spool.');
  readonly spoolLost = this.counter('vigil_gateway_spool_damaged_records_total', 'Stored records that damage made unreadable.');
  readonly spoolEvicted = this.counter('vigil_gateway_spool_evicted_total', 'Stored records that made room, declared in gaps.', [
    'reason',
  ]);
  readonly spoolFreeBytes = this.gauge('vigil_gateway_spool_free_bytes', 'What of the volume of the spool is free.');
  readonly spoolCutBytes = this.counter('vigil_gateway_spool_cut_bytes_total', 'Bytes of torn tails, never acknowledged.');
  readonly segmentsToRewrap = this.gauge(
    'vigil_gateway_segments_to_rewrap',
    'Spool segments, and the state of the spool, that still need an older key-encryption key.',
  );
  readonly keysUnreadable = this.gauge(
    'vigil_gateway_key_file_unreadable',
    "1 while the key-encryption keys can't be read; the gateway goes on with those in memory.",
  );
  readonly syncSeconds = this.histogram('vigil_gateway_spool_sync_seconds', 'Write and fdatasync of one group.', SECONDS);
  readonly groupRecords = this.histogram(
    'vigil_gateway_spool_group_records',
    'Records per group commit.',
    [1, 2, 5, 10, 50, 100, 500, 2000],
  );

  readonly sent = this.counter('vigil_gateway_sent_total', 'Records the log settled.', ['lane']);
  readonly sendFailures = this.counter('vigil_gateway_send_failures_total', 'Sends after which records have to be sent again.', [
    'lane',
  ]);
  readonly unsendable = this.counter('vigil_gateway_unsendable_total', 'Records the log will never take.');
  readonly settleSeconds = this.histogram('vigil_gateway_settle_seconds', 'One send, until the log settled it.', SECONDS);
  readonly backlog = this.gauge('vigil_gateway_backlog', 'Records that wait behind the live ones.');
  readonly backlogPerSecond = this.gauge('vigil_gateway_backlog_per_second', 'Records a second at which the backlog may go now.');
  readonly liveAgeSeconds = this.histogram(
    'vigil_gateway_live_age_seconds',
    'From the spool to the log: the oldest record of each live send.',
    SECONDS,
  );
  readonly ticks = this.counter('vigil_gateway_ticks_total', 'Ticks of silent beds handed to the uplink.');
  readonly ephemeralDropped = this.counter(
    'vigil_gateway_ephemeral_dropped_total',
    'Ticks and states dropped while not connected.',
  );

  readonly configFailures = this.counter(
    'vigil_gateway_config_failures_total',
    'Failed reads of the configuration from the platform.',
  );
  readonly configRefused = this.counter('vigil_gateway_config_refused_total', 'Configurations that were not taken.', ['reason']);

  readonly cloudConnected = this.gauge('vigil_gateway_cloud_connected', '1 while the log takes everything, as the unit is told.');
  readonly outages = this.counter('vigil_gateway_outages_total', 'Times at which the unit was told that the log is away.');
  readonly watchEvents = this.counter('vigil_gateway_watch_events_total', 'Events that the local watch has judged.');
  readonly watchSeconds = this.counter('vigil_gateway_watch_seconds_total', 'Time that it took for that.');
  readonly watchTransitions = this.counter('vigil_gateway_watch_transitions_total', 'Alarm transitions that it derived.');
  readonly watchFailures = this.counter('vigil_gateway_watch_failures_total', 'Times at which it met a bug.');
  readonly localAlarms = this.counter('vigil_gateway_local_alarms_total', 'Records of local alarms put on the spool.');
  readonly watchPages = this.gauge('vigil_gateway_watch_pages', 'Screens that show the page of the local watch now.');
  readonly watchSignInsRefused = this.counter(
    'vigil_gateway_watch_sign_ins_refused_total',
    'Sign-ins with a wrong station code.',
  );

  readonly residentBytes = this.gaugeOf('vigil_gateway_resident_bytes', 'Resident memory of the process.', () =>
    process.memoryUsage.rss(),
  );
  readonly cpuSeconds = this.gaugeOf(
    'vigil_gateway_cpu_seconds',
    'Processor time of the process since its start, user and system.',
    () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
  );

  /** Read when somebody asks. */
  private gaugeOf(name: string, help: string, read: () => number): Gauge {
    const registers = [this.registry];
    const gauge: Gauge = new Gauge({ name, help, registers, collect: () => gauge.set(read()) });
    return gauge;
  }

  private counter<L extends string = never>(name: string, help: string, labelNames: L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private gauge<L extends string = never>(name: string, help: string, labelNames: L[] = []): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  private histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: [this.registry] });
  }
}

/** Adds up a counter of any labels, for the gateway's own status. */
export async function total(counter: Counter<string>): Promise<number> {
  return (await counter.get()).values.reduce((sum, v) => sum + v.value, 0);
}
