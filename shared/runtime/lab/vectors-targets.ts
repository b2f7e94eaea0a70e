import type { RequestVector } from '../event.vectors.ts'

/** Path and query. */
export const targets: RequestVector[] = [
  {
    rule: '1',
    name: 'version and route key, repeated in the context',
    target: '/capture/x',
    event: { version: '2.0', routeKey: 'GET /capture/{value}/' },
    contextIs: { routeKey: 'GET /capture/{value}/', stage: '$default' },
  },
  {
    rule: '1',
    name: 'no route of its own',
    target: '/capture/x',
    pure: true,
    parts: { routeKey: '$default' },
    event: { routeKey: '$default' },
    contextIs: { routeKey: '$default' },
  },
  {
    rule: '2',
    name: 'space in the path is decoded',
    target: '/capture/space%20value',
    event: { rawPath: '/capture/space value' },
    httpIs: { path: '/capture/space value' },
  },
  {
    rule: '2',
    name: 'unicode in the path is decoded',
    target: '/capture/%E2%82%AC%C3%BC',
    event: { rawPath: '/capture/€ü' },
    httpIs: { path: '/capture/€ü' },
  },
  {
    rule: '2',
    name: 'a plus in the path is a plus',
    target: '/capture/a+b',
    event: { rawPath: '/capture/a+b' },
  },
  {
    rule: '2',
    name: 'an encoded plus in the path',
    target: '/capture/a%2Bb',
    event: { rawPath: '/capture/a+b' },
  },
  {
    rule: '2',
    name: 'an encoded question mark cuts the path',
    target: '/capture/a%3Fb?c=1',
    event: { rawPath: '/capture/a', rawQueryString: 'c=1' },
  },
  {
    rule: '2',
    name: 'an encoded hash survives',
    target: '/capture/a%23b',
    event: { rawPath: '/capture/a#b' },
  },
  {
    rule: '2',
    name: 'percent is decoded once',
    target: '/capture/a%2525',
    event: { rawPath: '/capture/a%25' },
  },
  {
    rule: '2',
    name: 'an encoded slash becomes one: no parameter can carry it',
    target: '/two/a%2Fb',
    pure: true,
    event: { rawPath: '/two/a/b' },
  },
  {
    rule: '2',
    name: 'characters reserved in URLs stay',
    target: "/capture/a:b@c!$&'()*,;=",
    event: { rawPath: "/capture/a:b@c!$&'()*,;=" },
  },
  {
    rule: '3',
    name: 'the trailing slash is kept',
    target: '/capture/x/',
    event: { rawPath: '/capture/x/' },
  },
  {
    rule: '3',
    name: 'no trailing slash is added',
    target: '/capture/x',
    event: { rawPath: '/capture/x' },
  },
  {
    rule: '3',
    name: 'double slashes are kept',
    target: '/a//b',
    pure: true,
    event: { rawPath: '/a//b' },
  },
  {
    rule: '3',
    name: 'dot segments are not folded',
    target: '/a/../b',
    pure: true,
    event: { rawPath: '/a/../b' },
  },
  {
    rule: '4',
    name: 'the default stage is not in the path',
    target: '/capture/x',
    event: { rawPath: '/capture/x' },
    contextIs: { stage: '$default' },
  },
  {
    rule: '5',
    name: 'the query is verbatim, still encoded',
    target:
      '/capture/x?repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com&literalPlus=a+b&encodedPlus=a%2Bb&empty=',
    event: {
      rawQueryString:
        'repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com&literalPlus=a+b&encodedPlus=a%2Bb&empty=',
    },
  },
  {
    rule: '5',
    name: 'no query is an empty string',
    target: '/capture/x',
    event: { rawQueryString: '' },
    absent: ['queryStringParameters'],
  },
  {
    rule: '5',
    name: 'a bare question mark is no query',
    target: '/capture/x?',
    event: { rawQueryString: '' },
    absent: ['queryStringParameters'],
  },
  {
    rule: '5',
    name: 'a second question mark belongs to the query',
    target: '/capture/x?a=b?c',
    event: { rawQueryString: 'a=b?c', queryStringParameters: { a: 'b?c' } },
  },
  {
    rule: '6',
    name: 'the live capture, decoded and joined',
    target:
      '/capture/x?repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com&literalPlus=a+b&encodedPlus=a%2Bb&empty=',
    event: {
      queryStringParameters: {
        repeat: 'one,two',
        redirect: 'https://example.com',
        literalPlus: 'a b',
        encodedPlus: 'a+b',
        empty: '',
      },
    },
  },
  {
    rule: '6',
    name: 'an empty first value survives',
    target: '/capture/x?a=&a=1',
    event: { queryStringParameters: { a: ',1' } },
  },
  {
    rule: '6',
    name: 'a key without a value',
    target: '/capture/x?flag',
    event: { queryStringParameters: { flag: '' } },
  },
  {
    rule: '6',
    name: 'an encoded key',
    target: '/capture/x?a%5B%5D=1',
    event: { queryStringParameters: { 'a[]': '1' } },
  },
  {
    rule: '6',
    name: 'the value keeps its equals signs',
    target: '/capture/x?a=b=c',
    event: { queryStringParameters: { a: 'b=c' } },
  },
  {
    rule: '6',
    name: 'a literal comma is not told from a joined one',
    target: '/capture/x?a=1,2&a=3',
    event: { queryStringParameters: { a: '1,2,3' } },
  },
  {
    rule: '6',
    name: 'a key called __proto__ is a key',
    target: '/capture/x?__proto__=1',
    event: { queryStringParameters: JSON.parse('{"__proto__":"1"}') },
  },
  {
    rule: '6',
    name: 'unicode values',
    target: '/capture/x?q=%E2%9C%93',
    event: { queryStringParameters: { q: '✓' } },
  },
]
