"""SQS: moto's queues made exact and quick, and the event source mappings that feed functions from them."""
