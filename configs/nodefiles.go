package configs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// maxPEM is the most octets of a file with certificates.
const maxPEM = 1 << 20

// CheckFiles reads every file of keys and certificates that the node file names,
// as a node does at its start, and reports all that cannot be used. Messages
// hold names and lines, never what a file holds.
func (n *Node) CheckFiles() error {
	var errs []error
	if name := n.DNS.CookieSecretFile; name != "" {
		_, err := ReadPrivate(name)
		errs = append(errs, told("dns.cookieSecretFile", err))
	}
	if n.SecretsKeyFile != "" {
		_, err := ReadSecretsKeys(n.SecretsKeyFile)
		errs = append(errs, told("node.secretsKeyFile", err))
	}
	if n.Cluster != nil {
		_, err := ReadGossipKeys(n.Cluster.KeyFile)
		errs = append(errs, told("cluster.keyFile", err))
	}
	errs = append(errs, told("admin.tls", n.Admin.TLS.check()), told("admin.clientCAs", checkCAs(n.Admin.ClientCAs)))
	if n.Gateway != nil {
		for i, l := range n.Gateway.Listen {
			errs = append(errs, told(fmt.Sprintf("gateway.listen[%d]", i), l.TLS.check()))
		}
	}
	return errors.Join(errs...)
}

// told says which key of the node file an error is about.
func told(key string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", key, err)
}

// check reads a certificate and its key.
func (k *KeyPair) check() error {
	if k == nil {
		return nil
	}
	certificate, err := readBounded(k.Certificate, maxPEM)
	if err != nil {
		return err
	}
	key, err := readBounded(k.Key, maxPEM)
	if err != nil {
		return err
	}
	if _, err := tls.X509KeyPair(certificate, key); err != nil {
		return fmt.Errorf("reading certificate %s with key %s: %w", k.Certificate, k.Key, err)
	}
	return nil
}

func checkCAs(name string) error {
	if name == "" {
		return nil
	}
	data, err := readBounded(name, maxPEM)
	if err == nil && !x509.NewCertPool().AppendCertsFromPEM(data) {
		err = fmt.Errorf("reading %s: no certificate in PEM form: want one or more", name)
	}
	return err
}
