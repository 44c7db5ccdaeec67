// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice Has the name and the symbol of another token.
contract LookAlike is ERC20 {
    constructor() ERC20("Test USDC", "TestUSDC") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @notice Says that it moved, and did not.
contract Liar is LookAlike {
    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        emit Transfer(from, to, amount);
        return true;
    }
}

/// @notice Says that it did not move, and does not revert.
contract Denier is LookAlike {
    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return false;
    }

    function transfer(address, uint256) public pure override returns (bool) {
        return false;
    }
}

/// @notice Calls whoever was set in the middle of each transfer, and keeps a fee.
contract Hooked is LookAlike {
    address private hook;
    bytes private data;
    uint256 private fee;
    bool public hookSucceeded;

    function setHook(address hook_, bytes calldata data_, uint256 fee_) external {
        (hook, data, fee) = (hook_, data_, fee_);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        address target = hook;
        hook = address(0);
        if (target != address(0)) (hookSucceeded,) = target.call(data);
        if (target != address(0)) _burn(from, fee);
        return super.transferFrom(from, to, target == address(0) ? amount : amount - fee);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        address target = hook;
        hook = address(0);
        if (target != address(0)) (hookSucceeded,) = target.call(data);
        return super.transfer(to, amount);
    }
}

/// @notice Takes every authorization, and hands over less than was authorized.
contract Skimming is LookAlike {
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 amount,
        uint256,
        uint256,
        bytes32,
        uint8,
        bytes32,
        bytes32
    ) external {
        _transfer(from, to, amount - 1);
    }
}

/// @notice A treasury that calls back in the middle of a payment in coin.
contract CallingBack {
    address private target;
    bytes private data;
    bool public succeeded;

    function set(address target_, bytes calldata data_) external {
        (target, data) = (target_, data_);
    }

    function accept(address checkout) external {
        (bool accepted,) = checkout.call(abi.encodeWithSignature("acceptTreasury()"));
        require(accepted, "accept");
    }

    receive() external payable {
        if (target != address(0)) (succeeded,) = target.call{value: msg.value / 2}(data);
    }
}

/// @notice A treasury that takes no coin.
contract Refusing {
    function accept(address checkout) external {
        (bool accepted,) = checkout.call(abi.encodeWithSignature("acceptTreasury()"));
        require(accepted, "accept");
    }
}
