import { redisUrlOf, RedisUrlError } from './redis-url.js';

test('user, password, host and port are read, with special characters of the password', () => {
  expect(redisUrlOf('rediss://vig%20il:p%40ss%25@redis.example:6380')).toEqual({
    ...{
      host: 'redis.example',
      port: 6_380,
      where: 'redis.example:6380',
      username: 'vig il',
      password: 'p@ss%',
      tls: { ca: null },
    },
  });
  expect(redisUrlOf('redis://:secret@127.0.0.1')).toMatchObject({ port: 6_379, username: null, password: 'secret', tls: null });
  expect(redisUrlOf('redis://[::1]:7000/0')).toMatchObject({ host: '::1', where: '::1:7000', username: null, password: null });
});

test.each([
  ['another protocol', 'http://:hunter2@localhost', 'starts with rediss://'],
  ['a network without TLS', 'redis://:hunter2@redis.example', 'over a network'],
  ['an option that would have no effect', 'rediss://:hunter2@redis.example?tls=off', 'only cacert'],
  ['a file that is not there', 'rediss://:hunter2@redis.example?cacert=/nowhere.pem', "can't be read"],
  ['an authority without TLS', 'redis://:hunter2@localhost?cacert=/nowhere.pem', 'goes with rediss'],
  ['no host', 'redis://', 'no'],
  ['a port that is none', 'redis://:hunter2@localhost:port', 'not understood'],
  ['a password that is not encoded', 'redis://:hunter2%@localhost', 'percent-encoded'],
  ['a path', 'redis://:hunter2@localhost/news', 'the number of a database'],
])('%s is refused in one line without the password', (_, url, says) => {
  const refusal = (): unknown => redisUrlOf(url);
  expect(refusal).toThrow(RedisUrlError);
  expect(refusal).toThrow(says);
  expect(refusal).not.toThrow(/hunter2/);
});
