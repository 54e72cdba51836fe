/**
 * `node healthy.mjs <url | platform>`: the health check of a container. Asks a process of the same container or pod by loopback and ends
 * with 0 when it says that it does its work, else with 1 and one line that says why. `platform`: at its port, by TLS where it has any.
 */
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';

const TIMEOUT_MS = 3_000;
const SAID_MAX = 2_000;

function platformUrl(env) {
  const scheme = env.VIGIL_TLS_CERT ? 'https' : 'http';
  return `${scheme}://127.0.0.1:${env.VIGIL_PORT || '3000'}/health/ready`;
}

function give(line) {
  process.stdout.write(`${line}\n`);
  process.exit(1);
}

const [what = ''] = process.argv.slice(2);
const url = new URL(what === 'platform' ? platformUrl(process.env) : what);
if (url.hostname !== '127.0.0.1') give('healthy.mjs asks 127.0.0.1 only: it believes any certificate');
const ask = url.protocol === 'https:' ? secure : plain;
// The certificate is for the name that people use; this connection does not leave the machine.
const asked = ask(url, { rejectUnauthorized: false, timeout: TIMEOUT_MS }, (response) => {
  let said = '';
  response.setEncoding('utf8');
  response.on('data', (text) => (said = (said + text).slice(0, SAID_MAX)));
  response.on('end', () => (response.statusCode === 200 ? process.exit(0) : give(`${response.statusCode} ${said.trim()}`)));
});
asked.on('timeout', () => give(`no answer within ${TIMEOUT_MS} ms`));
asked.on('error', (error) => give(error.code ?? error.message));
asked.end();
