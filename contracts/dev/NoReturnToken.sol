// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A token for development and tests, never for money
/// @notice As USDT: 6 decimals, its functions return nothing, and it may keep a fee of each transfer. Anybody may make
///         any amount of it, and set the fee.
contract NoReturnToken {
    string public constant name = "Test USDT";
    string public constant symbol = "TestUSDT";
    uint8 public constant decimals = 6;
    uint256 public constant BPS = 10_000;

    uint256 public feeBps;
    uint256 public totalSupply;
    mapping(address holder => uint256) public balanceOf;
    mapping(address holder => mapping(address spender => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    function mint(address to, uint256 amount) external {
        totalSupply += amount;
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    function setFee(uint256 feeBps_) external {
        require(feeBps_ <= BPS, "fee");
        feeBps = feeBps_;
    }

    function approve(address spender, uint256 amount) external {
        require(amount == 0 || allowance[msg.sender][spender] == 0, "set it to zero first");
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        uint256 fee = amount * feeBps / BPS;
        balanceOf[from] -= amount;
        balanceOf[to] += amount - fee;
        totalSupply -= fee;
        emit Transfer(from, to, amount - fee);
        if (fee > 0) emit Transfer(from, address(0), fee);
    }
}
