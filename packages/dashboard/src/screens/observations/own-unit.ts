import { METRIC_NAMES, type MetricName, metricRow } from '@vigil/contracts';
import { unitText } from '../../model/format.js';

/** What is charted is written in the units of the score's own table, whatever the site shows elsewhere. */
export const OWN_UNIT = Object.fromEntries(METRIC_NAMES.map((metric) => [metric, unitText(metricRow(metric).unit)])) as Readonly<
  Record<MetricName, string>
>;
