import MartletClusterStore
@main struct MartletCommand { static func main() {} }
