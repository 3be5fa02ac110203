// A foreign client: connects as told, tries what it is told, and says in one JSON line each what came of it.
// Usage: node witness.mjs '{"url","username","password","clientId","subscribe":[…],"publish":[[topic, text]…]}'
import mqtt from 'mqtt';

const asked = JSON.parse(process.argv[2]);
const say = (event, more = {}) => process.stdout.write(`${JSON.stringify({ event, at: Date.now(), ...more })}\n`);

const client = mqtt.connect(asked.url, {
  username: asked.username,
  password: asked.password,
  clientId: asked.clientId ?? asked.username,
  reconnectPeriod: 0,
  connectTimeout: 10_000,
});

client.on('connect', async () => {
  for (const filter of asked.subscribe ?? []) {
    const granted = await client.subscribeAsync(filter, { qos: 1 }).catch(() => []);
    say('subscribed', { filter, granted: granted.map((one) => one.qos) });
  }
  for (const [topic, text] of asked.publish ?? []) {
    await client.publishAsync(topic, text, { qos: 1 }).catch(() => {});
  }
  say('ready');
});
client.on('message', (topic, payload) => say('message', { topic, text: payload.toString() }));
client.on('error', (error) => say('error', { reason: error.message }));
client.on('close', () => { say('closed'); process.exit(0); });
process.stdin.on('end', () => client.end(true)).resume();
