import { jsonReply, type Reply } from '../reply.ts'

/** An error as Google's APIs write it: https://cloud.google.com/apis/design/errors */
export function googleError(
  code: number,
  status: string,
  message: string,
  headers?: Readonly<Record<string, string>>,
): Reply {
  return jsonReply({ error: { code, message, status } }, code, headers)
}
