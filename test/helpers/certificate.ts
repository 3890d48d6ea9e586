// A certificate of one's own for a test's server.
import selfsigned from 'selfsigned';

/** Key and certificate for `localhost`, as PEM texts. */
export async function makeCertificate(): Promise<{ key: string; cert: string }> {
  const made = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec' });
  return { key: made.private, cert: made.cert };
}
