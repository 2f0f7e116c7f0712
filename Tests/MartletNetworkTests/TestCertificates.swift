/// Roots and members for tests, good for a hundred years. Their keys protect nothing.
enum TestCertificates {
    static let oneRoot = """
        -----BEGIN CERTIFICATE-----
        MIIBlzCCAT2gAwIBAgIUUPq6Q8BsdLRnYsNV/rBZt+QNSaswCgYIKoZIzj0EAwIw
        IDEeMBwGA1UEAwwVbWFydGxldCB0ZXN0IHJvb3Qgb25lMCAXDTI2MTEyMTEzMzYz
        NVoYDzIxMjYxMDI4MTMzNjM1WjAgMR4wHAYDVQQDDBVtYXJ0bGV0IHRlc3Qgcm9v
        dCBvbmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARP4v2BeMuloK0M+GWAq9kC
        IAxNalpk5e+u5A3INojgMxJL7mndibYCSzxJjaGSij7t31MubLRKfbIztFJMhYnN
        o1MwUTAdBgNVHQ4EFgQUZYW8vleRcxeONLvq5LYRIGcC/VAwHwYDVR0jBBgwFoAU
        ZYW8vleRcxeONLvq5LYRIGcC/VAwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQD
        AgNIADBFAiEApCXvkubhtrrKYO3MmxWG/MSG00uGsk5BbwHD0HlalsACIH1KNgFx
        8balmOwSf5P/IhMoHPHC4SuyO2M9xhY3OVgi
        -----END CERTIFICATE-----
        """

    static let oneChain = """
        -----BEGIN CERTIFICATE-----
        MIIBNDCB2wIUNGZqEY7gMU/0Iglcl9k3dRynsawwCgYIKoZIzj0EAwIwIDEeMBwG
        A1UEAwwVbWFydGxldCB0ZXN0IHJvb3Qgb25lMCAXDTI2MTEyMTEzMzYzNVoYDzIx
        MjYxMDI4MTMzNjM1WjAYMRYwFAYDVQQDDA1tZW1iZXIgb2Ygb25lMFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAEZq8sX/8V3+zDsp6kmMwYHMjhNL3nM38HBJs8qqt4
        I4delu7PGytUxYsEij7O6i/AR6wdbj5GrxjUtZVdQxhh0jAKBggqhkjOPQQDAgNI
        ADBFAiAf1DjUf8Dyj6BH8MKGtbcQw2kVC1NoFjdYfdVtv91ZVQIhAJg10cNP0lNy
        biRaON734zZI2peQAmADKzjBLD/Ay6SL
        -----END CERTIFICATE-----
        """

    static let oneKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5yhceoJLtBm2mhf5
        FfjRaXygK116C0uIxaWKYYeIT6uhRANCAARmryxf/xXf7MOynqSYzBgcyOE0vecz
        fwcEmzyqq3gjh16W7s8bK1TFiwSKPs7qL8BHrB1uPkavGNS1lV1DGGHS
        -----END PRIVATE KEY-----
        """

    static let twoRoot = """
        -----BEGIN CERTIFICATE-----
        MIIBlzCCAT2gAwIBAgIUF7f66xiPIBY/qzn42hTOwDcUjb8wCgYIKoZIzj0EAwIw
        IDEeMBwGA1UEAwwVbWFydGxldCB0ZXN0IHJvb3QgdHdvMCAXDTI2MTEyMTEzMzYz
        NVoYDzIxMjYxMDI4MTMzNjM1WjAgMR4wHAYDVQQDDBVtYXJ0bGV0IHRlc3Qgcm9v
        dCB0d28wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR4ru8Uy3Lx8n/ddfz/6ZCN
        vIgZrUPKzzUtABZVdlNdmgjrbUlcd7moSafzJ9AElljQF4YW7PDJ5ZwVWLjZL/Kg
        o1MwUTAdBgNVHQ4EFgQUK1GcL79xdNTsOV8/7A/Un4JpKvYwHwYDVR0jBBgwFoAU
        K1GcL79xdNTsOV8/7A/Un4JpKvYwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQD
        AgNIADBFAiAmPSDJeMe9uKh0ssd+j+IADQROrsXCQ2So1/wwv8TIIAIhAPzRSpcf
        Yf4OwJpOX2RnXnxtdfbrJsX0NS7wnQ2GM9QL
        -----END CERTIFICATE-----
        """

    static let twoChain = """
        -----BEGIN CERTIFICATE-----
        MIIBNDCB2wIUU+DbnCpMHr/X/UlNp3NTfFZAzGUwCgYIKoZIzj0EAwIwIDEeMBwG
        A1UEAwwVbWFydGxldCB0ZXN0IHJvb3QgdHdvMCAXDTI2MTEyMTEzMzYzNVoYDzIx
        MjYxMDI4MTMzNjM1WjAYMRYwFAYDVQQDDA1tZW1iZXIgb2YgdHdvMFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAEZTQBj9JhJCk4pkhrH41QKGXV/c2pwo2GuIu4Loiz
        Idm+IbQFpomUTl/RG5bnCbqH5AuAFA3aIhmY+qLN+WOVhjAKBggqhkjOPQQDAgNI
        ADBFAiEAzd0iEg3OYSeHOh6XiRD4KP/mqLRDTtVNpfX01N1altUCIDTFX5qWl21h
        +9nJ90dvZpwQZlMCLaQ4xIXprK/rFG7B
        -----END CERTIFICATE-----
        """

    static let twoKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg+StNKt/iHJPpDc+9
        5zw4flpSs2p5g6VVoMVsD+tKRoOhRANCAARlNAGP0mEkKTimSGsfjVAoZdX9zanC
        jYa4i7guiLMh2b4htAWmiZROX9EblucJuofkC4AUDdoiGZj6os35Y5WG
        -----END PRIVATE KEY-----
        """
}
