/// The rules of a master.
package struct MasterSettings: Hashable, Sendable {
    package var order = ApplicationOrder.fair

    /// Whether an application, or drivers, are spread over the workers; else a worker is filled first.
    package var (spreadsOut, spreadsOutDrivers) = (true, true)
    package var selection = WorkerSelectionPolicy.coresFreeDescending

    /// The most cores of an application that does not say how many; nil for as many as there are.
    package var defaultCores: Int?

    /// How many drivers run at a time; nil for any number.
    package var maxDrivers: Int?

    /// After so many failures in a row an application without a running executor is removed; nil for never.
    package var maxExecutorRetries: Int? = 10

    /// How long a worker or an application may be silent.
    package var timeout = Duration.seconds(60)

    /// How long a worker or an application may be without a connection.
    package var reconnectTimeout = Duration.seconds(15)

    /// How long a new leader waits for the workers and applications of its records.
    package var recoveryTimeout = Duration.seconds(60)

    /// How long an application waits before it is told why. With a tick each second it knows within 5 s.
    package var patience = Duration.seconds(2)

    /// An executor that ran so long ends a series of failures.
    package var healthyRun = Duration.seconds(5)

    /// How many ended drivers and applications, and lost workers, are remembered.
    package var (retainedDrivers, retainedApplications, retainedWorkers) = (200, 200, 100)

    /// How long a launch may be on its way before it is sent again.
    package var resendAfter = Duration.seconds(2)

    /// The pause after a number of failures in a row, so that a program that cannot start does not keep the cluster busy.
    static func pause(afterFailures count: Int) -> Duration {
        count < 2 ? .zero : min(.milliseconds(50) * (1 << min(count, 10)), .seconds(1))
    }

    package init() {}
}
