import { readFile } from 'node:fs/promises';
import type { Clock } from '@vigil/clock';
import { GatewayConfig } from '@vigil/contracts';
import { producer, Sender, troubleOf } from '@vigil/hub-client';
import { fetchConfig } from '../devices/config-fetch.js';
import { checkSignature, parseConfigKeys, SIGNATURE_HEADER } from '../devices/config-signature.js';
import { codeOf } from '../log.js';
import { fine, type Finding, mend, systemCode } from './finding.js';

const HUB_ADVICE: Partial<Record<ReturnType<typeof troubleOf>, string>> = {
  refused: 'refuses the key: it needs Send rights; mend EVENT_HUBS_CONNECTION_STRING',
  'no-such-hub': 'has no hub of that name; mend VIGIL_HUB_NAME',
  away: 'does not answer; look at the network, its address and whether it runs (data wait on the spool meanwhile)',
  busy: 'is busy or its disk is full; data wait on the spool meanwhile',
};

/** Opens a link that may send, and sends nothing. */
export async function hubFindings(connectionString: string, hubName: string, clock: Clock): Promise<Finding[]> {
  const sender = new Sender(() => producer(connectionString, hubName, 'doctor'), clock);
  try {
    await sender.ask((client) => client.createBatch());
    return [fine('log', `answers, and takes events of this gateway for hub ${hubName}`)];
  } catch (error) {
    const trouble = troubleOf(error);
    return [mend('log', HUB_ADVICE[trouble] ?? `can't be used (${codeOf(error)}); see EVENT_HUBS_CONNECTION_STRING`)];
  } finally {
    await sender.close();
  }
}

export interface ConfigPlace {
  readonly url: string;
  readonly token: string;
  readonly gatewayId: string;
  /** PEM files: public keys of the configuration, and the authority of the platform where that is a private one. */
  readonly keyFile: string;
  readonly caFile?: string | undefined;
}

const HTTP_ADVICE: Readonly<Record<string, string>> = {
  HTTP_401: 'refuses the token; mend VIGIL_GATEWAY_TOKEN (made by `vigil gateways enrol`)',
  HTTP_403: 'refuses the token for this gateway; mend VIGIL_GATEWAY_TOKEN or --gateway-id',
  HTTP_404: 'does not know this gateway; mend --config-url or enrol it with `vigil gateways enrol`',
  ENOTFOUND: "'s name is not known here; mend --config-url or the DNS",
  ECONNREFUSED: 'does not listen there; mend --config-url, or start the platform',
  SELF_SIGNED_CERT_IN_CHAIN: 'has a certificate of an authority that is not known here; name it in --platform-ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'has a certificate of an authority that is not known here; name it in --platform-ca',
  CERT_HAS_EXPIRED: 'has a certificate that has expired; renew it there',
};

/** Asks the platform for the configuration as the gateway does, and judges its signature. */
export async function configFindings(place: ConfigPlace | null): Promise<Finding[]> {
  const what = 'platform';
  if (place === null) return [fine(what, 'not asked (no --config-url): every device is without a bed')];
  let keys;
  try {
    keys = parseConfigKeys(await readFile(place.keyFile, 'utf8'));
  } catch (error) {
    const why = systemCode(error) === 'ENOENT' ? 'is missing' : "can't be used";
    return [mend(what, `${place.keyFile} ${why}; copy config-keys.pem of \`vigil gateways enrol\` there`)];
  }
  try {
    const ca = place.caFile === undefined ? undefined : await readFile(place.caFile, 'utf8');
    const { url, token } = place;
    const answer = await fetchConfig({ url, token, ca, etag: null, signatureHeader: SIGNATURE_HEADER });
    const signed = answer === null ? 'unsigned' : checkSignature(answer.body, answer.signature, keys);
    if (answer === null || signed !== 'ok') {
      return [
        mend(what, `its configuration is refused (${signed}); see config-refused in the runbook, and copy config-keys.pem anew`),
      ];
    }
    const config = GatewayConfig.safeParse(JSON.parse(answer.body.toString()));
    if (!config.success)
      return [mend(what, 'its configuration is not understood; platform and gateway are of different versions')];
    if (config.data.gatewayId !== place.gatewayId)
      return [mend(what, 'its configuration is for another gateway; mend --gateway-id')];
    return [fine(what, `gives a signed configuration of ${config.data.devices.length} devices`)];
  } catch (error) {
    const code = systemCode(error) || codeOf(error);
    return [mend(what, HTTP_ADVICE[code] ?? `can't be asked (${code}); look at --config-url and the network`)];
  }
}
