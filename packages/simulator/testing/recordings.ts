import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A recordings folder with a few invented records of each set, in the layout of the README. */
export function tinyRecordings(): string {
  const dir = mkdtempSync(join(tmpdir(), 'vigil-recordings-'));
  for (const folder of ['cinc2015_vt_alarms', 'mimic2_numerics_1min', 'physionet2012_icu']) mkdirSync(join(dir, folder));
  const cinc = ['v1a', 'v2b', 'v3c'].flatMap((id) => [0, 1, 2].map((s) => `${id},${s - 2},${70 + s},,71,,,,,15,0.0,0.0`));
  write(dir, 'cinc2015_vt_alarms/numerics_1hz_derived.csv.gz', [
    'record,sec_rel_alarm,hr_ecg1,hr_ecg2,pr_pleth,pr_abp,abp_sys,abp_dia,abp_mean,rr_resp,flat_ecg1,flat_pleth',
    ...cinc,
  ]);
  write(dir, 'mimic2_numerics_1min/s2.csv', ['minute,HR,SpO2', '0,60.0,97.0', '1,0.0,0.0']);
  write(dir, 'mimic2_numerics_1min/s1.csv', ['minute,HR,SpO2', '0,80.0,95.0', '1,81.0,95.0']);
  write(dir, 'physionet2012_icu/observations_long.csv.gz', [
    'RecordID,minute,param,value',
    '1001,7,HR,73.0',
    '1001,67,HR,75.0',
    '1002,3,HR,90.0',
  ]);
  write(dir, 'physionet2012_icu/patients_outcomes.csv.gz', ['RecordID,set,Age,Gender', '1001,a,54,0', '1002,a,61,1']);
  return dir;
}

function write(dir: string, path: string, lines: readonly string[]): void {
  const text = `${lines.join('\n')}\n`;
  writeFileSync(join(dir, path), path.endsWith('.gz') ? gzipSync(text) : text);
}
