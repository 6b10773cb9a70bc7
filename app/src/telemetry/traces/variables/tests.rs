//! What the standard variables are taken to mean.

use super::*;
use crate::telemetry::captured::variables;

const COLLECTOR: (&str, &str) = (ENDPOINT, "http://collector:4318/");

#[test]
fn an_endpoint_asks_unless_another_variable_forbids() {
    assert_eq!(asking(&variables(&[])), None);
    assert_eq!(asking(&variables(&[(ENDPOINT, " ")])), None);
    assert_eq!(asking(&variables(&[COLLECTOR])), Some(ENDPOINT));
    assert_eq!(asking(&variables(&[COLLECTOR, (TRACES_ENDPOINT, "http://t/x")])), Some(TRACES_ENDPOINT));
    assert_eq!(asking(&variables(&[COLLECTOR, (EXPORTER, "none")])), None);
    assert_eq!(asking(&variables(&[COLLECTOR, (DISABLED, "TRUE")])), None);
    assert_eq!(asking(&variables(&[COLLECTOR, (DISABLED, "false")])), Some(ENDPOINT));
}

#[cfg(feature = "otel")]
mod with_export {
    use super::*;
    use std::time::Duration;

    fn read(set: &[(&str, &str)]) -> Result<Wanted, TracesError> {
        Wanted::read(&variables(set)).map(Option::unwrap)
    }

    #[track_caller]
    fn refused(set: &[(&str, &str)]) -> TracesError {
        read(set).err().unwrap()
    }

    #[test]
    fn a_base_gets_the_path_of_traces_and_a_whole_url_stays() {
        assert_eq!(read(&[COLLECTOR]).unwrap().endpoint, "http://collector:4318/v1/traces");
        assert_eq!(read(&[COLLECTOR, (TRACES_ENDPOINT, "HTTP://t/x/")]).unwrap().endpoint, "HTTP://t/x/");
    }

    #[test]
    fn an_https_endpoint_is_refused_and_its_variable_named() {
        let error = refused(&[(TRACES_ENDPOINT, "https://user:pass@collector")]);
        assert_eq!(error, TracesError::Tls(TRACES_ENDPOINT));
        assert!(
            error.to_string().contains(TRACES_ENDPOINT) && !error.to_string().contains("pass"),
            "{error}"
        );
        assert_eq!(refused(&[(ENDPOINT, "collector:4318")]), TracesError::Endpoint(ENDPOINT));
        assert_eq!(refused(&[(ENDPOINT, "grpc://collector")]), TracesError::Endpoint(ENDPOINT));
    }

    #[test]
    fn what_cannot_be_honoured_is_refused() {
        let protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
        assert_eq!(refused(&[COLLECTOR, (protocol, "grpc")]), TracesError::Protocol(protocol));
        assert!(read(&[COLLECTOR, (protocol, "http/protobuf")]).is_ok());
        assert!(
            read(&[COLLECTOR, (protocol, "grpc"), ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf")])
                .is_ok()
        );
        assert_eq!(refused(&[COLLECTOR, (EXPORTER, "zipkin")]), TracesError::Exporter);
        let timeout = "OTEL_EXPORTER_OTLP_TIMEOUT";
        assert_eq!(refused(&[COLLECTOR, (timeout, "soon")]), TracesError::Timeout(timeout));
        let headers = "OTEL_EXPORTER_OTLP_HEADERS";
        for list in ["key", "=value", "key=%zz", "key=%ff", "key=%4"] {
            assert_eq!(refused(&[COLLECTOR, (headers, list)]), TracesError::Pairs(headers), "{list}");
        }
    }

    #[test]
    fn headers_timeout_and_resource_are_read() {
        let wanted = read(&[
            COLLECTOR,
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20eDp5, x=1,"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=attic,place=caf%C3%A9"),
            ("OTEL_SERVICE_NAME", "cellar"),
        ])
        .unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(wanted.headers, [pair("authorization", "Basic eDp5"), pair("x", "1")]);
        assert_eq!(wanted.timeout, Some(Duration::from_millis(2500)));
        assert_eq!(wanted.resource.last().unwrap(), &pair("service.name", "cellar"));
        assert!(wanted.resource.contains(&pair("place", "café")), "{:?}", wanted.resource);
    }
}
