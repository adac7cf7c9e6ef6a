import { expect, test } from 'vitest';
import { callInRequest } from '../../../src/http/call-in-request.ts';

type Request = Parameters<typeof callInRequest>[0];
const request = (url: string, params: object, body?: unknown): Request =>
  ({ params, body, routeOptions: { url } }) as unknown as Request;

test.each([
  ['the path of a call', request('/v1/calls/:id/result', { id: 'tour-1' }), 'tour-1'],
  ['the path of its recording', request('/v1/recordings/:id', { id: 'tour-1' }), 'tour-1'],
  ['the body', request('/v1/decisions', {}, { call_id: 'tour-2', number: 'x' }), 'tour-2'],
  ['the path of something else', request('/v1/campaigns/:id/pause', { id: 'solar' }, { who: 'Kim' }), null],
  ['no call id', request('/v1/decisions', {}, { call_id: 'a number +1 303' }), null],
  ['nothing that can be read', request('/v1/decisions', {}, 'call_id'), null],
  ['no body', request('/v1/decisions', {}), null],
])('the call in %s', (_, asked, callId) => {
  expect(callInRequest(asked)).toBe(callId);
});
